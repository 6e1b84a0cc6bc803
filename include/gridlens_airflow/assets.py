"""The tables that DAGs bring up to date, as Airflow assets; an asset is named as its table."""

from __future__ import annotations

from airflow.sdk import Asset

# The names are repeated here, not imported: gridlens.tables pulls in pyarrow, which a DAG
# file must not. tests/airflow/test_dags.py holds both lists against each other.
EXTRACTED = (
    "jobs",
    "files",
    "transfers",
    "transfer_failures",
    "tasks",
    "datasets",
    "queues",
    "rses",
    "site_aliases",
    "storage_volumes",
)

CORE = [Asset(f"core.{table}") for table in (*EXTRACTED, "sites", "site_speeds")]
MATCHED = [
    Asset("core.job_transfers"),
    Asset("core.site_inferences"),
    Asset("core.inferred_pairs"),
    Asset("core.link_probabilities"),
]
MARTS = [
    Asset(f"mart.{table}")
    for table in (
        "daily_jobs",
        "field_completeness",
        "job_errors",
        "job_factors",
        "job_input_accesses",
        "job_stagings",
        "job_transfer_times",
        "job_workloads",
        "near_matches",
        "quality_rates",
        "site_cores",
        "task_jobs",
        "transfer_phases",
    )
]

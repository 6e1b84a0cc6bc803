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

CORE = [Asset(f"core.{table}") for table in (*EXTRACTED, "sites")]
JOB_TRANSFERS = Asset("core.job_transfers")
MARTS = [
    Asset("mart.job_transfer_times"),
    Asset("mart.daily_jobs"),
    Asset("mart.quality_rates"),
]

"""What a row is: the canonical tables, their columns, types, units and meaning. No I/O."""

from gridlens.tables.arrow import arrow_schema
from gridlens.tables.batch import Batch, Problem
from gridlens.tables.definition import QUALITY_FLAGS, Column, Table
from gridlens.tables.files import FILES
from gridlens.tables.jobs import ERROR_COMPONENTS, JOBS
from gridlens.tables.storage import STORAGE_VOLUMES
from gridlens.tables.tasks import DATASETS, TASKS
from gridlens.tables.topology import QUEUES, RSES, SITE_ALIASES
from gridlens.tables.transfers import TRANSFER_FAILURES, TRANSFERS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        JOBS,
        FILES,
        TRANSFERS,
        TRANSFER_FAILURES,
        TASKS,
        DATASETS,
        QUEUES,
        RSES,
        SITE_ALIASES,
        STORAGE_VOLUMES,
    )
}

__all__ = [
    "DATASETS",
    "ERROR_COMPONENTS",
    "FILES",
    "JOBS",
    "QUALITY_FLAGS",
    "QUEUES",
    "RSES",
    "SITE_ALIASES",
    "STORAGE_VOLUMES",
    "TABLES",
    "TASKS",
    "TRANSFERS",
    "TRANSFER_FAILURES",
    "Batch",
    "Column",
    "Problem",
    "Table",
    "arrow_schema",
]

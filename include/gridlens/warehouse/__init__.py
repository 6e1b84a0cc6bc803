"""Where rows rest: the lake, its models and the ledger of what each day was made from."""

from gridlens.warehouse.alerts import ALERTS
from gridlens.warehouse.binding import bind
from gridlens.warehouse.catalog import (
    LakeFile,
    check_catalog,
    copy_catalog,
    lake_files,
    log_ahead,
    number_after,
    present_state,
)
from gridlens.warehouse.connection import Place, init_sql, is_damage
from gridlens.warehouse.drift import DRIFT
from gridlens.warehouse.filters import Argument, shared_filters
from gridlens.warehouse.lake import Lake, read_ledger, table_checksum
from gridlens.warehouse.ledger import RAW_TABLES
from gridlens.warehouse.lock import LOCK, ON, held_by, writer_lock
from gridlens.warehouse.model import Model, in_order
from gridlens.warehouse.packaged import packaged_models
from gridlens.warehouse.plain_file import PlainTable, write_plain_file
from gridlens.warehouse.replacing import RawRow, RawRows
from gridlens.warehouse.seals import seal_files, seals, why_wrong
from gridlens.warehouse.staging import Staged, Warned, stage
from gridlens.warehouse.staleness import ComputedDay, Input, stale
from gridlens.warehouse.upkeep import (
    compact,
    expire_snapshots,
    forget,
    forget_records,
    leftovers,
    orphaned_files,
    remove_files,
)
from gridlens.warehouse.views import VIEWS

__all__ = [
    "ALERTS",
    "DRIFT",
    "LOCK",
    "ON",
    "RAW_TABLES",
    "VIEWS",
    "Argument",
    "ComputedDay",
    "Input",
    "Lake",
    "LakeFile",
    "Model",
    "Place",
    "PlainTable",
    "RawRow",
    "RawRows",
    "Staged",
    "Warned",
    "bind",
    "check_catalog",
    "compact",
    "copy_catalog",
    "expire_snapshots",
    "forget",
    "forget_records",
    "held_by",
    "in_order",
    "init_sql",
    "is_damage",
    "lake_files",
    "leftovers",
    "log_ahead",
    "number_after",
    "orphaned_files",
    "packaged_models",
    "present_state",
    "read_ledger",
    "remove_files",
    "seal_files",
    "seals",
    "shared_filters",
    "stage",
    "stale",
    "table_checksum",
    "why_wrong",
    "write_plain_file",
    "writer_lock",
]

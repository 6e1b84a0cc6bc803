"""Where rows rest: the lake, its models and the ledger of what each day was made from."""

from gridlens.warehouse.alerts import ALERTS
from gridlens.warehouse.binding import bind
from gridlens.warehouse.connection import Place, init_sql
from gridlens.warehouse.drift import DRIFT
from gridlens.warehouse.filters import Argument, shared_filters
from gridlens.warehouse.lake import Lake, read_ledger
from gridlens.warehouse.ledger import RAW_TABLES
from gridlens.warehouse.lock import writer_lock
from gridlens.warehouse.model import Model, in_order
from gridlens.warehouse.packaged import packaged_models
from gridlens.warehouse.plain_file import PlainTable, write_plain_file
from gridlens.warehouse.replacing import RawRow, RawRows
from gridlens.warehouse.staging import Staged, Warned, stage
from gridlens.warehouse.staleness import ComputedDay, Input, stale
from gridlens.warehouse.views import VIEWS

__all__ = [
    "ALERTS",
    "DRIFT",
    "RAW_TABLES",
    "VIEWS",
    "Argument",
    "ComputedDay",
    "Input",
    "Lake",
    "Model",
    "Place",
    "PlainTable",
    "RawRow",
    "RawRows",
    "Staged",
    "Warned",
    "bind",
    "in_order",
    "init_sql",
    "packaged_models",
    "read_ledger",
    "shared_filters",
    "stage",
    "stale",
    "write_plain_file",
    "writer_lock",
]

"""What is wrong with the warehouse, said once: conditions, the alerts they open, who is told."""

from gridlens.alerts.alert import Alert, Event, Notice, acknowledged, is_ahead, looked, owed
from gridlens.alerts.condition import Condition
from gridlens.alerts.letter import letter
from gridlens.alerts.rules import (
    DaySeen,
    Found,
    Limits,
    broken_contracts,
    days_behind,
    drifted_columns,
    drifted_workload,
    failed_steps,
    old_backup,
    out_of_bounds,
    unreadable_slices,
)

__all__ = [
    "Alert",
    "Condition",
    "DaySeen",
    "Event",
    "Found",
    "Limits",
    "Notice",
    "acknowledged",
    "broken_contracts",
    "days_behind",
    "drifted_columns",
    "drifted_workload",
    "failed_steps",
    "is_ahead",
    "letter",
    "looked",
    "old_backup",
    "out_of_bounds",
    "owed",
    "unreadable_slices",
]

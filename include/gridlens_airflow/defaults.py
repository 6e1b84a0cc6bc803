"""What all tasks share: when they try again, how long they may take, where writers queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

OWNER = "gridlens"

# One slot: tasks that write the warehouse wait in Airflow, where people see them, and hold
# neither a process nor memory meanwhile. The package has a lock of its own, so a wider pool
# is safe, and then costs the memory of several computations at once.
WAREHOUSE_POOL = "warehouse_write"
WAREHOUSE_POOL_MEANING = "Tasks that write the gridlens warehouse, one at a time."

# One slot as well: fitting and judging a model of a million jobs takes gigabytes.
REFIT_POOL = "generator_refit"
REFIT_POOL_MEANING = "Tasks that fit and judge models of the workload, one at a time."

POOL_SLOTS = 1
POOLS = {WAREHOUSE_POOL: WAREHOUSE_POOL_MEANING, REFIT_POOL: REFIT_POOL_MEANING}

# Paths, not classes: the scheduler stores them as text. A misspelt path only logs a warning,
# therefore tests/airflow/test_retries.py resolves both.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="gridlens.errors.Permanent",
            action=RetryAction.FAIL,
            reason="a person must act: the message says what to do",
        ),
        RetryRule(
            exception="gridlens.errors.Transient",
            action=RetryAction.RETRY,
            reason="trying again may help",
        ),
    ]
)

# Waits of 1, 3, 9 and 27 minutes: a source's restart passes, and the day still settles
# within the morning. Errors that gridlens does not know are tried again too.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "retries": 4,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 3,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=30),
}

# A source is slower than our own disks: 850,000 documents over a busy network.
EXTRACT_TIMEOUT = timedelta(hours=2)

# A network on a processor alone takes its time.
REFIT_TIMEOUT = timedelta(hours=2)

# Every file of the warehouse and of the slices is read once.
UPKEEP_TIMEOUT = timedelta(hours=2)

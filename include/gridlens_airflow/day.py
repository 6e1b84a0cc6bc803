"""Which UTC day a run means, however it was started.

A run can be started by the schedule, by a backfill, by a person in the UI or over REST, or by
``dag.test()``. Each of these leaves the day in another place, and some leave a wrong one:
docs/decisions/0001 has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gridlens.errors import SettingsError
from gridlens.window import Day

# Only these runs get their interval from the timetable. That of a run by hand is a guess by
# Airflow: the day before the logical date that the person picked.
# A tuple, not a set: Airflow's run types equal their text but do not hash like it.
RUNS_WITH_A_TRUE_INTERVAL = ("scheduled", "backfill")


def day_of_run(context: Mapping[str, Any]) -> Day:
    """The day that ``params.day``, else the partition key, else the scheduled interval names.

    Args:
        context: Airflow's task context; read are ``params`` and ``dag_run``.

    Raises:
        SettingsError: the run names no day, a malformed one, or two different ones.
    """
    asked = context["params"].get("day")
    planned = _planned_day(context["dag_run"])
    if not asked:
        if planned is None:
            raise SettingsError(
                f"run '{context['dag_run'].run_id}' names no day: start it again with the "
                'parameter day, for example {"day": "2025-04-01"}, or with a partition key'
            )
        return planned
    day = Day.parse(asked)
    # One conf serves all runs of a backfill: with a day in it, each run would redo that day.
    if planned not in (None, day):
        raise SettingsError(
            f"run '{context['dag_run'].run_id}' stands for {planned}, but its parameter day is "
            f"{day}: leave one of them out"
        )
    return day


def _planned_day(run: Any) -> Day | None:
    if run.partition_key:
        return Day.parse(run.partition_key)
    start: datetime | None = run.data_interval_start
    if start is None or run.run_type not in RUNS_WITH_A_TRUE_INTERVAL:
        return None
    return Day(start.astimezone(UTC).date())

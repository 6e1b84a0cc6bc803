"""What a task body does around its one call into gridlens.pipelines."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from gridlens.errors import SettingsError
from gridlens.settings import Attempt, Settings
from gridlens.window import Day, Window
from gridlens_airflow.day import day_of_run

if TYPE_CHECKING:  # the pipelines pull in DuckDB, which parsing a DAG must not
    from gridlens.pipelines.report import Report

log = logging.getLogger(__name__)

WITHOUT_DATA = {"unavailable", "not provided"}


def settings() -> Settings:
    """The settings of this worker: its ``GRIDLENS_*`` variables, and Airflow's connections."""
    # Only in a task: the provider's hook is too heavy to be loaded with a DAG file.
    from gridlens_airflow.hook import ConnectionEndpoints

    from_env = Settings.from_env(os.environ)
    endpoints = ConnectionEndpoints(from_env.endpoints)
    return replace(from_env, endpoints=endpoints, attempt=_attempt(os.environ))


def _attempt(env: Mapping[str, str]) -> Attempt:
    """The try that Airflow names to what it runs; empty outside of a task."""
    return Attempt(
        env.get("AIRFLOW_CTX_DAG_ID", ""),
        env.get("AIRFLOW_CTX_DAG_RUN_ID", ""),
        int(env.get("AIRFLOW_CTX_TRY_NUMBER", 0)),
    )


def say(line: str) -> None:
    """Write a line into the task's log."""
    log.info("%s", line)


def day() -> Day:
    """The day of the run that this task belongs to."""
    return day_of_run(get_current_context())


def skip_unavailable(fetched: Iterable[Mapping[str, Any]]) -> None:
    """Skip this task and all after it if no source reaches back to the day.

    Raises:
        AirflowSkipException: there is nothing to load, and nothing has failed.
    """
    if {report["numbers"].get("state") for report in fetched} <= WITHOUT_DATA:
        raise AirflowSkipException("no source reaches this day: there is nothing to load")


def require_quiet(next_step: str) -> None:
    """Skip this task and all after it while days are being loaded.

    Queued runs of a paused DAG do not count: they would keep everybody waiting.

    Args:
        next_step: what the next run will do instead, for the message.

    Raises:
        AirflowSkipException: some day is being loaded.
    """
    loading = get_current_context()["ti"].get_dr_count(dag_id="gridlens_daily", states=["running"])
    if loading:
        raise AirflowSkipException(
            f"{loading} days are being loaded: the next run will {next_step}"
        )


def require_due(report: Report) -> dict[str, object]:
    """Tell a report whether a refit is due; where none is, skip this task and all after it.

    Raises:
        AirflowSkipException: none is; the message says why.
    """
    told = tell(report)
    if report.numbers["due"] == "no":
        raise AirflowSkipException("; ".join(["no refit is due", *report.notes]))
    return told


def window(first: str | None, end: str | None) -> Window | None:
    """The days that a run was given; None: none.

    Raises:
        SettingsError: only one of both is given, or they hold no day.
    """
    if not (first or end):
        return None
    if not (first and end):
        raise SettingsError("give the training days as 'from' and 'to', or neither")
    return Window.parse(first, end)


def tell(report: Report) -> dict[str, object]:
    """Log a report, announce its day on this task's assets, and return its figures for XCom."""
    log.info("%s", report.summary())
    context = get_current_context()
    for asset in context["task"].outlets:
        event = context["outlet_events"][asset]
        event.extra.update(json.loads(json.dumps(report.as_dict())))
        # A run by hand has no partition of its own; whoever waits for the day must hear of it.
        if report.day:
            event.add_partitions(str(report.day))
    return report.as_dict()

"""Run a DAG here and now: Airflow's own tasks and records, without a scheduler."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG

from gridlens.window import Day
from gridlens_airflow.environment import CHECKOUT

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


def run_day(day: Day) -> str:
    """Run ``gridlens_daily`` for that day and return the run's final state.

    Airflow's variables must be set and its database prepared. The run's note names the day,
    as a run by hand has no partition that would.

    Raises:
        Exception: what the first failed task raised.
    """
    return _run("gridlens_daily", {"day": str(day)}, note=str(day))


def run_settle() -> str:
    """Run ``gridlens_settle`` and return the run's final state; else as ``run_day``."""
    _close_lost_runs()
    return _run("gridlens_settle", {}, note="after loads by hand")


def _run(dag_id: str, conf: dict[str, str], *, note: str) -> str:
    dag = load_dag(dag_id)
    errors: list[Any] = []
    for task in dag.tasks:
        task.on_failure_callback = [lambda context: errors.append(context["exception"])]
    # The logical date stays at its default, now: Airflow takes it for the run's start, and a
    # past one would show a run that took months.
    run = dag.test(run_conf=conf)
    _write_note(run, note)
    if errors:
        raise errors[0] if isinstance(errors[0], BaseException) else RuntimeError(errors[0])
    return str(run.state)


def load_dag(dag_id: str) -> DAG:
    """The DAG of the file in dags/ that bears its name."""
    folder = str(CHECKOUT / "dags")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    found = vars(importlib.import_module(dag_id)).values()
    return next(value for value in found if isinstance(value, DAG))


def _close_lost_runs() -> None:
    """Fail the days whose process was killed: settling would wait for them for ever."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import update

    lost = (
        update(DagRun)
        .where(DagRun.dag_id == "gridlens_daily")
        .where(DagRun.state == DagRunState.RUNNING)
        .where(DagRun.triggered_by == DagRunTriggeredByType.TEST)
    )
    with create_session() as session:
        session.execute(lost.values(_state=DagRunState.FAILED))


def _write_note(run: DagRun, text: str) -> None:
    from airflow.utils.session import create_session

    with create_session() as session:
        session.merge(run).note = text

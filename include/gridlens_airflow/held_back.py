"""Runs of a paused DAG: they stay queued and say nothing, a whole backfill of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gridlens.pipelines.findings import Finding, Looked
from gridlens.settings import Settings
from gridlens_airflow.environment import DATABASE

DAILY = "gridlens_daily"


def held_back_runs(settings: Settings) -> Iterator[Finding | Looked]:
    """Queued runs of `gridlens_daily` while it is paused, as `gridlens doctor` asks for them.

    Looks at the Airflow that this shell's variables name, or at the one in ``~/airflow``; where
    there is none, nothing waits in it.

    Args:
        settings: of the installation; Airflow's database is none of them.
    """
    if not _has_airflow():
        return
    from sqlalchemy.exc import SQLAlchemyError

    try:
        is_paused, queued = _daily()
    except SQLAlchemyError as error:
        # The message of a database's error may name its login.
        what = f"Airflow's metadata database does not answer ({type(error).__name__})"
        yield Finding(what, DATABASE, "python -m gridlens_airflow.setup")
        return
    if is_paused and queued:
        yield _finding(queued)
    yield Looked(f"{queued} queued runs of {DAILY}")


def held_back() -> list[Finding]:
    """The same for a task, which asks Airflow's server and no database."""
    from airflow.sdk import get_current_context

    ti = get_current_context()["ti"]
    queued: int = ti.get_dr_count(dag_id=DAILY, states=["queued"])
    is_paused = bool(queued) and ti.get_dag(DAILY).is_paused
    return [_finding(queued)] if is_paused else []


def _finding(runs: int) -> Finding:
    what = f"{runs} queued runs of {DAILY} will not start: it is paused"
    return Finding(what, DAILY, f"airflow dags unpause {DAILY}")


def _has_airflow() -> bool:
    folder = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    return DATABASE in os.environ or (folder / "airflow.db").exists()


def _daily() -> tuple[bool, int]:
    """Whether the daily DAG is paused, and how many of its runs are queued."""
    # Only now: whoever asks no Airflow need not wait for its import.
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    of_dag: Any = DagRun.dag_id == DAILY
    with create_session() as session:
        dag = session.get(DagModel, DAILY)
        number = select(func.count()).select_from(DagRun).where(of_dag, DagRun.state == "queued")
        return bool(dag and dag.is_paused), int(session.scalar(number) or 0)

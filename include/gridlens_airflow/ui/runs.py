"""What the pages ask of Airflow's own database: the day of a run."""

from __future__ import annotations

from gridlens.errors import NotFound
from gridlens.window import Day
from gridlens_airflow.day import day_of_run
from gridlens_airflow.held_back import DAILY


def day_of(dag_id: str, run_id: str) -> Day:
    """The day that a run of ``gridlens_daily`` stands for.

    Raises:
        NotFound: there is no such run, or it is of another DAG, whose runs are of no single day.
        SettingsError: the run names no day.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    asked = select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
    with create_session() as session:
        run = session.scalar(asked) if dag_id == DAILY else None
        if run is None:
            raise NotFound(f"a run of '{dag_id}' is of no single day: the page Days has them all")
        return day_of_run({"params": run.conf or {}, "dag_run": run})

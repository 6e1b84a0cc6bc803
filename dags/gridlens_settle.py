"""Compute again, once, what neighbouring days and late documents have made stale.

A day's matches also read its neighbours' transfers, so loading a day can outdate another. The
daily run leaves that to this one, which waits until no day is being loaded: while a backfill
runs, it skips, and looks again ten minutes later. What is settled is published as a plain DuckDB
file; a day that cannot be settled without a person fails the run, and nothing new is published,
nor is it while a day that was loaded meanwhile is stale.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gridlens_airflow import step
from gridlens_airflow.assets import CORE, MARTS, MATCHED
from gridlens_airflow.defaults import DEFAULT_ARGS, WAREHOUSE_POOL


@task(pool=WAREHOUSE_POOL, outlets=[*CORE, *MATCHED, *MARTS])
def settle_days():
    """Compute every stale day again, unless days are being loaded."""
    from gridlens import pipelines

    # Not in a task before this one: a backfill may begin while that one's end is waited for.
    step.require_quiet("settle")
    return step.tell(pipelines.settle(step.settings()))


@task
def publish_file():
    """The marts for tools that know no DuckLake; readers of older files are not disturbed."""
    from gridlens import pipelines

    return step.tell(pipelines.publish_file(step.settings(), only_settled=True))


@dag(
    description="Compute again, once, what neighbours and late documents have made stale",
    schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "warehouse"],
    doc_md=__doc__,
)
def gridlens_settle():
    """Settle when nothing is being loaded."""
    settle_days() >> publish_file()


dag_of_settling = gridlens_settle()

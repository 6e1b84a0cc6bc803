"""Extract the last three days again where their index has changed since.

Documents come late, and records of jobs move on. Counts and times of change are compared,
which costs the index little; only what differs is read. `gridlens_settle` then computes again
what follows from it. While days are being loaded it skips, and the next hour looks again.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gridlens.stop import stoppable
from gridlens_airflow import step
from gridlens_airflow.defaults import DEFAULT_ARGS, EXTRACT_TIMEOUT


@task(execution_timeout=EXTRACT_TIMEOUT)
def refresh_days():
    """Extract what has changed, up to yesterday, unless days are being loaded."""
    from datetime import UTC, datetime

    from gridlens import pipelines
    from gridlens.window import Day

    step.require_quiet("look")
    yesterday = Day(datetime.now(UTC).date()).plus(-1)
    # Airflow's own answer to a stop leaves a task running until it is killed.
    with stoppable():
        return step.tell(pipelines.refresh(step.settings(), yesterday))


@dag(
    description="Extract the last days again where their index has changed",
    schedule=CronTriggerTimetable("10 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "warehouse"],
    doc_md=__doc__,
)
def gridlens_refresh():
    """Look for changes when nothing is being loaded."""
    refresh_days()


dag_of_refreshing = gridlens_refresh()

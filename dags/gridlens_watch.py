"""Look every quarter of an hour whether something is wrong, and tell people of what is new.

A day that is not complete by its deadline, a slice that breaks its contract, a volume out of
bounds, documents or a workload that have drifted, a day that stays stale, a slice that cannot be
read, upkeep or settling whose last run has failed, a backup grown old, runs of `gridlens_daily`
that wait while it is paused: each is one row of `mart.alerts`, opened once,
updated while it lasts and closed when it is gone. A channel is told once when an alert opens and
once when it closes; what could not be sent is sent again at the next look, and the run fails, so
that Airflow shows it. `gridlens alerts ack KEY` says that it is known.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gridlens_airflow import step
from gridlens_airflow.defaults import DEFAULT_ARGS
from gridlens_airflow.notify import MailNotifier, WebhookNotifier, with_channels

# Not in the pool of those that write the warehouse: what is wrong may be that these hang.
# The look writes a few rows, behind the package's own lock.


@task(retries=0, on_failure_callback=[MailNotifier(), WebhookNotifier()])
def look():
    """Open, update and close alerts, then tell of them; the next run is the retry."""
    from gridlens import pipelines
    from gridlens_airflow.held_back import held_back

    settings = with_channels(step.settings())
    return step.tell(pipelines.watch(settings, waiting=held_back()))


@dag(
    description="Look whether something is wrong, and tell people of what is new",
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "warehouse"],
    doc_md=__doc__,
)
def gridlens_watch():
    """One look."""
    look()


dag_of_watching = gridlens_watch()

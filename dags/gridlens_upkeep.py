"""Care of the warehouse and the slices, once a day when no day is being loaded.

Old slices are pruned and former states given up, as long as the operator has said
(`GRIDLENS_KEEP_SLICES_DAYS`, `GRIDLENS_KEEP_SNAPSHOTS_DAYS`); small files are merged; files that
neither a state nor a backup needs are removed; every file, row count and slice is held against
what was written; then the catalog is backed up. A file that is not what was written fails `check`,
and nothing is backed up over the good backups: `gridlens doctor` names the command that mends it.
"""

from airflow.sdk import CronTriggerTimetable, dag, task

from gridlens_airflow import step
from gridlens_airflow.defaults import DEFAULT_ARGS, UPKEEP_TIMEOUT, WAREHOUSE_POOL

KEEPS_WRITERS_OUT = {"pool": WAREHOUSE_POOL, "execution_timeout": UPKEEP_TIMEOUT}


@task
def wait_for_quiet():
    """Skip while days are being loaded."""
    step.require_quiet("take care of the warehouse")


@task(**KEEPS_WRITERS_OUT)
def prune():
    """Give up old slices and their quarantine; their days stay in the warehouse."""
    from gridlens import pipelines

    return step.tell(pipelines.prune(step.settings()))


@task(**KEEPS_WRITERS_OUT)
def expire():
    """Give up old states of the warehouse."""
    from gridlens import pipelines

    return step.tell(pipelines.expire_states(step.settings()))


@task(**KEEPS_WRITERS_OUT)
def compact():
    """Merge small files, and move replaced rows out of the catalog."""
    from gridlens import pipelines

    return step.tell(pipelines.compact_files(step.settings()))


@task(**KEEPS_WRITERS_OUT)
def clean_up():
    """Remove files that neither a state nor a backup needs."""
    from gridlens import pipelines

    return step.tell(pipelines.clean_up(step.settings()))


@task(**KEEPS_WRITERS_OUT)
def check():
    """Hold every file, row count and slice against what was written."""
    from gridlens import pipelines

    return step.tell(pipelines.check_integrity(step.settings()))


@task(**KEEPS_WRITERS_OUT)
def back_up():
    """Copy the catalog."""
    from gridlens import pipelines

    return step.tell(pipelines.back_up(step.settings()))


@dag(
    description="Prune, expire, compact, clean up, check and back up the warehouse",
    schedule=CronTriggerTimetable("45 4 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "warehouse"],
    doc_md=__doc__,
)
def gridlens_upkeep():
    """Take care of the warehouse when nothing is being loaded."""
    wait_for_quiet() >> prune() >> expire() >> compact() >> clean_up() >> check() >> back_up()


dag_of_upkeep = gridlens_upkeep()

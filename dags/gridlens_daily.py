"""One UTC day of jobs and transfers, from the sources to the indicators.

**check_sources** looks whether each OpenSearch is there and is what `sources.toml` says,
**extract** writes one slice a table, **validate** holds the slices against their contracts and
writes pages that show how (where, say its log and its XCom, `numbers.data_docs`),
**load** replaces the day in the warehouse, **match** says which transfer served which job,
**indicators** computes what people read, and **publish_file** writes it as a plain DuckDB file,
unless days are stale: then `gridlens_settle` does.

A run stands for one day: the one before its start if it was scheduled, the partition of a
backfill, or the parameter `day` of a run by hand. Every task may be cleared and run again at any
time; the same documents give the same warehouse. A day without documents ends well and is
listed as *empty*; on a day before the source begins, *unavailable*, the steps after extract are
skipped.

A backfill of a paused DAG waits without a word: unpause it first.
"""

from airflow.sdk import CronPartitionTimetable, Param, dag, task, task_group

from gridlens.stop import stoppable
from gridlens_airflow import step
from gridlens_airflow.assets import CORE, EXTRACTED, MARTS, MATCHED
from gridlens_airflow.defaults import DEFAULT_ARGS, EXTRACT_TIMEOUT, WAREHOUSE_POOL

# Each UTC day, once, at 06:00 UTC of the next. Midnight of a clock six hours behind, rather than
# "0 6" in UTC: a backfill keeps its last day only if the days begin at midnight (decision 0001).
MORNING_AFTER = CronPartitionTimetable(
    "0 0 * * *", timezone="Etc/GMT+6", run_offset=-1, key_format="%Y-%m-%d"
)


@task
def check_sources():
    """Ends the run early, with what is wrong; sources that are files need no look."""
    from gridlens import pipelines

    return step.tell(pipelines.source_check(step.settings(), step.say, only_indices=True))


@task_group
def extract(checked):
    """One slice a table; files come after the jobs whose day they share."""

    @task(execution_timeout=EXTRACT_TIMEOUT)
    def fetch(table: str):
        from gridlens import pipelines

        # Airflow's own answer to a stop leaves a task running until it is killed.
        with stoppable():
            return step.tell(pipelines.extract(step.settings(), table, step.day()))

    fetched = {table: fetch.override(task_id=f"fetch_{table}")(table) for table in EXTRACTED}
    checked >> list(fetched.values())
    fetched["jobs"] >> fetched["files"]
    return list(fetched.values())


@task_group
def validate(fetched):
    """Nothing of a day whose slices break their contract reaches the warehouse."""

    @task
    def check_slices(fetched: list[dict]):
        from gridlens import pipelines

        step.skip_unavailable(fetched)
        return step.tell(pipelines.validate(step.settings(), step.day()))

    check_slices(fetched)


@task_group
def load():
    """The day's rows in `core`, replaced as a whole."""

    @task(pool=WAREHOUSE_POOL, outlets=CORE)
    def replace_day():
        from gridlens import pipelines

        return step.tell(pipelines.load(step.settings(), step.day()))

    replace_day()


@task_group
def match():
    """Which transfers served the jobs that ended on the day."""

    @task(pool=WAREHOUSE_POOL, outlets=MATCHED)
    def link_transfers():
        from gridlens import pipelines

        return step.tell(pipelines.match(step.settings(), step.day()))

    link_transfers()


@task_group
def indicators():
    """The day's rows of the marts."""

    @task(pool=WAREHOUSE_POOL, outlets=MARTS)
    def compute_marts():
        from gridlens import pipelines

        return step.tell(pipelines.indicators(step.settings(), step.day()))

    compute_marts()


@task
def publish_file():
    """The marts for tools that know no DuckLake; readers of older files are not disturbed."""
    from gridlens import pipelines

    return step.tell(pipelines.publish_file(step.settings(), only_settled=True))


@dag(
    description="One UTC day of jobs and transfers, each morning for the day before",
    schedule=MORNING_AFTER,
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULT_ARGS,
    tags=["gridlens", "warehouse"],
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="The UTC day to fetch and load. Only for a run by hand.",
        )
    },
    doc_md=__doc__,
)
def gridlens_daily():
    """The day's five steps, in order, once its sources are looked at; then all is published."""
    checked = check_sources()
    validate(extract(checked)) >> load() >> match() >> indicators() >> publish_file()


dag_of_a_day = gridlens_daily()

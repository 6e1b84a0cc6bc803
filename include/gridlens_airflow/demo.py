"""`make demo`: eight simulated days through the daily DAG, the paper's tables, real jobs.

`make demo SOURCE=opensearch` reads the same days from OpenSearch, and holds both to be equal.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from contextlib import nullcontext
from dataclasses import replace

from gridlens.errors import GridlensError
from gridlens.settings import Settings
from gridlens.window import Window
from gridlens_airflow.demo_source import FILES, HOMES, OPENSEARCH, published
from gridlens_airflow.environment import DEMO, airflow_environment, kept_secret

WINDOW = Window.parse("2025-04-01", "2025-04-09")  # the paper's own eight days
SEED = 20250401
JOBS_PER_DAY = 14_000

AFTERWARDS = """\
The warehouse is {warehouse}; the slices are in {slices}.
Next:
  make sql    a SQL prompt on the warehouse: from mart.activity_matches('2025-04-01', '2025-04-09');
  make up     the Airflow UI with the runs of these days in it
  README.md   what else there is"""


def main(source: str = FILES) -> int:
    """Make the days, run them, show what came of it; the second time nothing is left to do.

    Args:
        source: ``files``, or ``opensearch``: the same documents, read from there.
    """
    airflow_home = DEMO / "airflow"
    os.environ.update(airflow_environment(HOMES[source], airflow_home))
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
    key = os.environ.get("GRIDLENS_PERSONAL_KEY") or kept_secret(airflow_home / "personal.key")
    os.environ["GRIDLENS_PERSONAL_KEY"] = key

    # Only now: Airflow reads the environment when it is imported.
    from gridlens import pipelines
    from gridlens_airflow.setup import prepare

    settings = Settings.from_env(os.environ)
    files = replace(settings, home=HOMES[FILES])
    _say("1/4  simulated documents of PanDA and Rucio")
    made = pipelines.make_demo_days(
        files, WINDOW, seed=SEED, jobs_per_day=JOBS_PER_DAY, progress=_say_more
    )
    if not made:
        _say_more("are there from an earlier run")
    _say("2/4  Airflow's metadata database")
    prepare()
    logging.getLogger("airflow").setLevel(logging.WARNING)
    # Airflow's own affair, told to nobody who could mend it.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    with published(settings, files.home, _say_more) if source == OPENSEARCH else nullcontext():
        _say("3/4  the daily DAG, one run a day")
        _run_days(settings)
    _say("\n4/4  what came of it\n")
    _say("Every document accounted for\n" + pipelines.identities(settings, WINDOW) + "\n")
    _say(pipelines.paper_tables(settings, WINDOW))
    return _compare(settings, files) if source == OPENSEARCH else _show_real_jobs(settings)


def _show_real_jobs(settings: Settings) -> int:
    from gridlens import pipelines

    _say("\nReal PanDA jobs, 27 days of them, in a warehouse of their own (a minute or two)\n")
    real = Settings(home=DEMO / "real", personal_key=settings.personal_key)
    _say(pipelines.load_real_jobs(real))
    _say("\n" + AFTERWARDS.format(warehouse=settings.warehouse, slices=settings.slices))
    return 0


def _compare(settings: Settings, files: Settings) -> int:
    """Say whether both sources gave one warehouse; the exit status."""
    from gridlens import pipelines

    if not pipelines.checksums(files):
        _say(f"\n{files.warehouse} is not there to compare with: `make demo` makes it from files")
        return 0
    if differing := pipelines.differing_tables(settings, files):
        _say(f"\nNOT what the files gave, in {files.warehouse}: {', '.join(differing)}")
        return 1
    _say(
        f"\nidentical: every table holds what the files gave, in {files.warehouse}, "
        "but for those that tell how the source was asked"
    )
    return 0


def _run_days(settings: Settings) -> None:
    from gridlens import pipelines
    from gridlens_airflow.runs import run_day, run_settle

    before = pipelines.checksums(settings)
    for day in WINDOW:
        started = time.monotonic()
        outcome = run_day(day)
        seconds = time.monotonic() - started
        rows = pipelines.rows_of_day(settings, day)
        _say_more(
            f"{day}: {outcome} in {seconds:.1f} s: {rows.get('core.jobs', 0):,} jobs, "
            f"{rows.get('core.transfers', 0):,} transfers, "
            f"{rows.get('core.job_transfers', 0):,} pairs"
        )
    started = time.monotonic()
    _say_more(f"settling: {run_settle()} in {time.monotonic() - started:.1f} s")
    if before and before == pipelines.checksums(settings):
        _say_more(f"nothing has changed: all {len(before)} tables hold what they held before")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_more(line: str) -> None:
    _say(f"       {line}")


if __name__ == "__main__":
    asked = sys.argv[1] if sys.argv[1:] else FILES
    if asked not in HOMES:
        sys.exit(f"SOURCE is '{asked}': it must be {' or '.join(HOMES)}")
    try:
        sys.exit(main(asked))
    except GridlensError as error:
        sys.exit(f"gridlens: {error}")

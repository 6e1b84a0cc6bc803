"""`make demo`: eight simulated days through the daily DAG, the paper's tables, real jobs."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings

from gridlens.settings import Settings
from gridlens.window import Window
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


def main() -> int:
    """Make the days, run them, show what came of it; the second time nothing is left to do."""
    airflow_home = DEMO / "airflow"
    os.environ.update(airflow_environment(DEMO / "data", airflow_home))
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
    os.environ.setdefault("GRIDLENS_PERSONAL_KEY", kept_secret(airflow_home / "personal.key"))

    # Only now: Airflow reads the environment when it is imported.
    from gridlens import pipelines
    from gridlens_airflow.setup import prepare

    settings = Settings.from_env(os.environ)
    _say("1/4  simulated documents of PanDA and Rucio")
    made = pipelines.make_demo_days(
        settings, WINDOW, seed=SEED, jobs_per_day=JOBS_PER_DAY, progress=_say_more
    )
    if not made:
        _say_more("are there from an earlier run")
    _say("2/4  Airflow's metadata database")
    prepare()
    logging.getLogger("airflow").setLevel(logging.WARNING)
    # Airflow's own affair, told to nobody who could mend it.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    _say("3/4  the daily DAG, one run a day")
    before = pipelines.checksums(settings)
    _run_days(settings)
    if before and before == pipelines.checksums(settings):
        _say_more(f"nothing has changed: all {len(before)} tables hold what they held before")
    _say("\n4/4  what came of it\n")
    _say("Every document accounted for\n" + pipelines.identities(settings, WINDOW) + "\n")
    _say(pipelines.paper_tables(settings, WINDOW))
    _say("\nReal PanDA jobs, in a warehouse of their own\n")
    real = Settings(home=DEMO / "real", personal_key=settings.personal_key)
    _say(pipelines.load_real_jobs(real))
    _say("\n" + AFTERWARDS.format(warehouse=settings.warehouse, slices=settings.slices))
    return 0


def _run_days(settings: Settings) -> None:
    from gridlens import pipelines
    from gridlens_airflow.runs import run_day, run_settle

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


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_more(line: str) -> None:
    _say(f"       {line}")


if __name__ == "__main__":
    sys.exit(main())

"""All marts of one large day: seconds of the day marts together, and of each window mart.

    python benchmarks/marts.py FOLDER [--jobs 120000]

FOLDER becomes a home with one simulated day and its warehouse; what is there already is used
again. Day marts are computed as the task `indicators` of the daily DAG does it; window marts are
asked for the one day, for all jobs, and every row is fetched.
"""

import argparse
import time
from pathlib import Path

from gridlens.matching import V1
from gridlens.pipelines import EXTRACTED, extract, indicators, load, match, validate
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import models
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day

DAY = Day.parse("2025-04-01")
SEED = 41


def prepare(settings: Settings, jobs: int) -> None:
    """Make the day and bring it as far as its matches, unless it is there."""
    if not (settings.home / "sources.toml").exists():
        make_days(settings.home, seed=SEED, first=DAY, days=1, jobs_per_day=jobs, progress=print)
    for table in EXTRACTED:
        print(extract(settings, table, DAY).summary())
    for step in (validate, load, match):
        print(step(settings, DAY).summary())


def window_marts(settings: Settings) -> list[tuple[str, float, int]]:
    """Name, seconds and rows of every window mart."""
    taken = []
    with open_lake(settings).reader() as lake:
        for name, model in models(V1).items():
            if model.schema != "mart" or model.day:
                continue
            is_by_population = any(a.name == "population" for a in model.arguments)
            population = ", population := 'all'" if is_by_population else ""
            days = f"date '{DAY}', date '{DAY.plus(1)}'"
            started = time.monotonic()
            rows = lake.execute(f"select * from {name}({days}{population})").to_arrow_table()
            taken.append((name, time.monotonic() - started, rows.num_rows))
    return taken


def main() -> None:
    """Print a table, slowest first, and the totals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=120_000)
    given = parser.parse_args()
    key = "a key of the benchmark alone"
    settings = Settings(home=given.folder.absolute(), personal_key=key)
    settings.home.mkdir(parents=True, exist_ok=True)
    prepare(settings, given.jobs)
    started = time.monotonic()
    print(indicators(settings, DAY).summary())
    day_s = time.monotonic() - started
    taken = window_marts(settings)
    print("| window mart | seconds | rows |", "|--|--|--|", sep="\n")
    for name, seconds, rows in sorted(taken, key=lambda row: -row[1]):
        print(f"| `{name}` | {seconds:.2f} | {rows:,} |")
    window_s = sum(seconds for _, seconds, _ in taken)
    print(f"day marts {day_s:.1f} s + {len(taken)} window marts {window_s:.1f} s = ", end="")
    print(f"{day_s + window_s:.1f} s")


if __name__ == "__main__":
    main()

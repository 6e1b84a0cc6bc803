"""Three days of a small grid, and what tests do with them."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from gridlens.pipelines import extract, indicators, load, match, run_day, validate
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.window import Day

KEY = "a key of the tests alone"
FIRST = Day.parse("2025-04-01")
DAYS = tuple(FIRST.plus(n) for n in range(3))
JOBS_PER_DAY = 150


def run_days(settings: Settings, days: Iterable[Day]) -> None:
    """Run the days in this order."""
    for day in days:
        run_day(settings, day, lambda _: None)


def run_jobs_again(settings: Settings, days: Iterable[Day]) -> None:
    """Run the days again, in this order, where nothing but the jobs can have changed."""
    for day in days:
        for table in ("jobs", "files"):
            extract(settings, table, day)
        for step in (validate, load, match, indicators):
            step(settings, day)


def elsewhere(settings: Settings, home: Path) -> Settings:
    """The same exports under another home, with an empty warehouse."""
    for folder in ("exports", "truth"):
        shutil.copytree(settings.home / folder, home / folder)
    shutil.copy(settings.sources, home)
    return replace(settings, home=home)


def checksums(settings: Settings) -> dict[str, str]:
    """What every table of the warehouse holds, as one number a table."""
    return open_lake(settings).table_checksums()


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with open_lake(settings).reader() as lake:
        return lake.execute(query).fetchall()


def change_one_percent(exports: Path, seed: int) -> int:
    """Give one job in a hundred a later state, as a second extraction would find it."""
    dice = random.Random(seed)
    changed = 0
    for path in sorted(exports.rglob("jobs-*.ndjson.gz")):
        with gzip.open(path, "rt") as lines:
            documents = [json.loads(line) for line in lines]
        for document in documents:
            if dice.random() < 0.01:
                document |= {"modificationtime": "2025-04-20 00:00:00", "jobstatus": "closed"}
                changed += 1
        with gzip.open(path, "wt") as out:
            out.writelines(json.dumps(document) + "\n" for document in documents)
    return changed

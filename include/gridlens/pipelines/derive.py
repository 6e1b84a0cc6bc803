"""From a day's rows to its matches and its indicators."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from gridlens.errors import NotFound
from gridlens.matching import Reading, lookback_bound
from gridlens.pipelines.compute import Work, run
from gridlens.pipelines.models import MATCHED, PAIRS, day_models, models
from gridlens.pipelines.report import Report
from gridlens.pipelines.task_runs import recorded
from gridlens.pipelines.world import NAMED, World
from gridlens.settings import Settings
from gridlens.window import Day, Window

JOBS, TRANSFERS = "core.jobs", "core.transfers"


@recorded("match")
def match(settings: Settings, day: Day) -> Report:
    """Link the jobs that ended on a day with their transfers.

    By the paper's methods (core.job_transfers), by these over inferred sites
    (core.site_inferences, core.inferred_pairs), and by probability (core.link_probabilities).

    Raises:
        NotFound: the day's jobs are not in the warehouse.
    """
    reading = Reading()
    return run(settings, "match", day, lambda con, world: _pairs(con, world, day, reading))


@recorded("indicators")
def indicators(settings: Settings, day: Day) -> Report:
    """Compute the day's marts."""
    reading = Reading()
    return run(settings, "indicators", day, lambda con, world: _marts(world, day, reading))


def _pairs(con: duckdb.DuckDBPyConnection, world: World, day: Day, reading: Reading) -> list[Work]:
    if world.checksum(JOBS, day) is None:
        raise NotFound(f"the jobs of {day} are not in the warehouse: load the day first")
    lookback = lookback_days(con, world, day, reading)
    days = transfer_days(lookback, world, day)
    pairs = Work(models(reading)[PAIRS], {TRANSFERS: days}, reading.text(), (NAMED,))
    back = {TRANSFERS: lookback}
    return [pairs, *(Work(models(reading)[m], back) for m in MATCHED if m != PAIRS)]


def transfer_days(lookback: Iterable[Day], world: World, day: Day) -> tuple[Day, ...]:
    """Days of transfers that jobs ended on ``day`` can have been served by, ``day`` included.

    These are the days of the lookback, and those of transfers that name one of the jobs.
    """
    named = world.named[day].days if day in world.named else ()
    return tuple(sorted({*lookback, *named}))


def lookback_days(
    con: duckdb.DuckDBPyConnection, world: World, day: Day, reading: Reading
) -> tuple[Day, ...]:
    """Days up to ``day`` whose transfers its jobs can have waited for."""
    (oldest,) = con.execute(
        "select min(creationtime) from core.jobs where job_day = ?", [day.date]
    ).fetchone() or (None,)
    known = [d for table, d in world.computed if table == TRANSFERS]
    bound = lookback_bound(reading, oldest or day.start)
    first = bound or min(known, default=day)
    return tuple(Window(min(first, day), day.plus(1)))


def _marts(world: World, day: Day, reading: Reading) -> list[Work]:
    """Marts whose inputs exist; those that read transfers read the days that matching read."""
    pairs = world.computed.get((PAIRS, day))
    read = [Day(i.day) for i in pairs.inputs if i.table == TRANSFERS and i.day] if pairs else [day]
    return [
        Work(model, {TRANSFERS: tuple(read)})
        for model in day_models(reading, "mart")
        if world.is_ready(model, day)
    ]

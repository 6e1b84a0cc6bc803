"""Compute again, once, everything that late data or neighbours have made stale."""

from __future__ import annotations

import re
from collections.abc import Callable

from gridlens.matching import Reading
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.derive import indicators, match
from gridlens.pipelines.load import load
from gridlens.pipelines.models import PAIRS, models
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import loaded_days
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.slices import SliceStore


def settle(settings: Settings, progress: Callable[[str], None] = lambda line: None) -> Report:
    """Bring every day up to date with the slices, in the order in which days depend on another.

    All days are loaded before any is matched, and matched before any indicator is computed, so
    that nothing is computed twice. What is up to date is left alone.
    """
    watch = Stopwatch()
    reading = Reading()
    lake = open_lake(settings)
    lake.initialise(models(reading).values())
    days = loaded_days(SliceStore(settings.slices))
    numbers: dict[str, int | float | str] = {}
    for name, step, tables in STEPS:
        world = World.look(settings, lake, models(reading))
        stale = [d for d in days if any(map(tables.match, world.stale_models(d, reading)))]
        for day in stale:
            progress(step(settings, day).summary())
        numbers[name] = len(stale)
    return Report("settle", None, numbers, (), watch.seconds)


# Core tables other than the pairs, the pairs, the marts.
STEPS = (
    ("load", load, re.compile(rf"core\.(?!{PAIRS.removeprefix('core.')}$)")),
    ("match", match, re.compile(re.escape(PAIRS) + "$")),
    ("indicators", indicators, re.compile(r"mart\.")),
)

"""Compute again, once, everything that late data or neighbours have made stale."""

from __future__ import annotations

import re
from collections.abc import Callable

from gridlens.errors import Permanent, Unsettled, WarehouseDamaged
from gridlens.matching import Reading
from gridlens.pipelines.backup import backups
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.derive import indicators, match
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.load import load
from gridlens.pipelines.models import MATCHED, models
from gridlens.pipelines.profiles import sweep_profiles
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import loaded_days
from gridlens.pipelines.task_runs import recorded
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import Lake


@recorded("settle")
@says_when_full
def settle(settings: Settings, progress: Callable[[str], None] = lambda line: None) -> Report:
    """Bring every day up to date with the slices, in the order in which days depend on another.

    All days are loaded before any is matched, and matched before any indicator is computed, so
    that nothing is computed twice. What is up to date is left alone.

    Raises:
        Unsettled: some days cannot be settled without a person; all others are.
    """
    watch = Stopwatch()
    reading = Reading()
    lake = open_lake(settings)
    lake.initialise(models(reading).values())
    days = loaded_days(SliceStore(settings.slices))
    numbers: dict[str, int | float | str] = {}
    failed: dict[str, Permanent] = {}
    for name, step, tables in STEPS:
        world = World.look(settings, lake, models(reading))
        stale = [d for d in days if any(map(tables.match, world.stale_models(d, reading)))]
        for day in stale:
            try:
                progress(step(settings, day).summary())
            except Permanent as error:
                failed[f"{name} {day}"] = error
        numbers[name] = len(stale)
    if failed:
        raise Unsettled(
            f"{len(failed)} steps failed; all other days are settled:\n"
            + "\n".join(f"{what}: {error}" for what, error in failed.items())
        )
    numbers["files removed"], notes = sweep_slices(settings, lake)
    return Report("settle", None, numbers, notes, watch.seconds)


def sweep_slices(settings: Settings, lake: Lake) -> tuple[int, tuple[str, ...]]:
    """Remove slices that neither a manifest nor the warehouse nor a backup of it names.

    With them go profiles of days that have none any more. While a backup cannot say what it needs,
    all stay: what was settled or pruned holds without it.

    Returns:
        How many files were removed, and a note of why none could be.
    """
    try:
        named = {file for backup in backups(settings) for file in backup.slices}
    except WarehouseDamaged as error:
        return 0, (f"no file is removed: {error}",)
    store = SliceStore(settings.slices)
    swept = store.sweep(lake.shown_slices() | named, older_than_s=KEPT_S)
    return len(swept) + len(sweep_profiles(settings, KEPT_S)), ()


# A reader may be in the middle of a query over slices that were replaced since it began, and a
# load may compute from manifests that it has read.
KEPT_S = 24 * 3600.0

_MATCHED = "|".join(map(re.escape, MATCHED))
# Core tables other than those of matching, these, the marts.
STEPS = (
    ("load", load, re.compile(rf"(?!({_MATCHED})$)(raw|core)\.")),
    ("match", match, re.compile(rf"({_MATCHED})$")),
    ("indicators", indicators, re.compile(r"mart\.")),
)

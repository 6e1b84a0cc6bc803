"""Compute again, once, everything that late data or neighbours have made stale."""

from __future__ import annotations

from collections.abc import Callable

from gridlens.matching import Reading
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.derive import indicators, match
from gridlens.pipelines.load import load
from gridlens.pipelines.models import models
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import loaded_days
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.window import Day


def settle(settings: Settings, progress: Callable[[str], None] = lambda line: None) -> Report:
    """Bring every day up to date with the slices, in the order in which days depend on another.

    All days are loaded before any is matched, and matched before any indicator is computed, so
    that nothing is computed twice. What is up to date is left alone.
    """
    watch = Stopwatch()
    numbers: dict[str, int | float | str] = {}
    open_lake(settings).initialise(models(Reading()).values())
    days = loaded_days(SliceStore(settings.slices))
    for name, step in (("load", load), ("match", match), ("indicators", indicators)):
        numbers[name] = sum(_settled(settings, step, day, progress) for day in days)
    return Report("settle", None, numbers, (), watch.seconds)


def _settled(
    settings: Settings,
    step: Callable[[Settings, Day], Report],
    day: Day,
    progress: Callable[[str], None],
) -> bool:
    """Whether the step had anything to do."""
    report = step(settings, day)
    if "unchanged" in report.numbers:
        return False
    progress(report.summary())
    return True

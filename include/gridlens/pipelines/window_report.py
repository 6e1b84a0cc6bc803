"""The report of a window: every figure and mart, what was loaded, and how good it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import duckdb

from gridlens.charts import CHAPTERS, Panel, WindowReport, page
from gridlens.errors import InputError
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.figures import has_days
from gridlens.pipelines.filter_values import filters_in_words, require_values
from gridlens.pipelines.loaded_panels import days_panel, rules_panel, slices_panel
from gridlens.pipelines.mart_panels import MartPanels, not_drawn
from gridlens.pipelines.mart_rows import require_known, snapshot
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import status_in
from gridlens.settings import Settings
from gridlens.window import Window

PROGRAMS = ("gridlens", "duckdb", "altair", "vl-convert-python")
LOADED, FURTHER = "What was loaded", "Further tables"


def write_report(
    settings: Settings,
    window: Window,
    output: Path,
    arguments: Mapping[str, str],
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Write a window's report: one HTML file, and the same numbers as JSON beside it.

    All numbers are of one state of the warehouse; the same state gives the same bytes.

    Args:
        settings: where the warehouse is.
        window: the days.
        output: a file that ends in .html; the other ends in .json.
        arguments: of the marts, such as ``at_site``; a mart that does not take one of them, or
            not this value, is asked without it.
        progress: is told of each figure and table.

    Raises:
        InputError: the output is no .html, or an argument is unknown or has no such value in the
            window; nothing is written then.
        NotFound: there is no warehouse.
    """
    watch = Stopwatch()
    if output.suffix != ".html":
        raise InputError(f"{output} must end in .html; the numbers go beside it, as .json")
    require_known(arguments)
    told = window_report(settings, window, arguments, progress)
    numbers = output.with_suffix(".json")
    told_numbers = json.dumps(told.as_dict(), indent=1, allow_nan=False)
    output.parent.mkdir(parents=True, exist_ok=True)
    _replace({output: page(told), numbers: told_numbers})
    panels = [panel for found in told.chapters.values() for panel in found]
    drawn = sum(panel.specification is not None for panel in panels)
    counts = {"figures": drawn, "tables": len(panels) - drawn}
    return Report(f"report {window}", None, counts, (str(output), str(numbers)), watch.seconds)


def window_report(
    settings: Settings,
    window: Window,
    arguments: Mapping[str, str],
    progress: Callable[[str], None],
) -> WindowReport:
    """All that is told of a window; of days that were never loaded, that they were not."""
    with open_lake(settings).reader() as lake:
        lake.execute("begin transaction")  # all numbers are of one state
        require_values(lake, window, arguments)
        facts = _facts(lake, window, arguments)
        days = days_panel(status_in(lake, settings, window))
        chapters: dict[str, tuple[Panel, ...]] = {}
        if has_days(lake, window):
            chapters[LOADED] = (days, slices_panel(lake, window), rules_panel(lake, window))
            asking = MartPanels(lake, window, arguments, progress)
            for title, figures in CHAPTERS.items():
                chapters[title] = tuple(asking.drawn(figure) for figure in figures)
            chapters[FURTHER] = tuple(asking.listed(name) for name in not_drawn())
        else:
            chapters[LOADED] = (days,)
    return WindowReport(
        f"gridlens report, {window.first} to {window.end.plus(-1)}", facts, _notes(days), chapters
    )


def _facts(
    lake: duckdb.DuckDBPyConnection, window: Window, arguments: Mapping[str, str]
) -> dict[str, str]:
    state, written_at = snapshot(lake)
    return {
        "Days": f"{window.first} to {window.end.plus(-1)}, both included, UTC",
        "As of": f"snapshot {state} of the warehouse, written {written_at} UTC",
        "Filters": filters_in_words(arguments),
        "Versions": ", ".join(f"{name} {version(name)}" for name in PROGRAMS),
        "Units": "decimal (1 TB = 1,000,000,000,000 bytes); times in UTC",
    }


def _notes(days: Panel) -> tuple[str, ...]:
    """What a reader must know before any number."""
    by_state: dict[str, list[str]] = {}
    for row in days.rows:
        by_state.setdefault(str(row["state"]), []).append(str(row["day"]))
    absent = [day for state in ("missing", "unavailable") for day in by_state.get(state, ())]
    if len(absent) == len(days.rows):
        return ("No data loaded: no day of this window is in the warehouse.",)
    says = {
        "missing": "were never loaded: no number counts them",
        "unavailable": "lie where a source does not reach: no number counts them",
        "stale": "have changed since they were computed: run `gridlens settle`",
        "edge": "look back on days that are not in the warehouse, so that some matches are missing",
        "empty": "are empty: the source has nothing of them",
    }
    return tuple(
        f"{len(by_state[state])} of {len(days.rows)} days {text} ({_some(by_state[state])})."
        for state, text in says.items()
        if state in by_state
    )


def _some(days: list[str]) -> str:
    return ", ".join(days) if len(days) < 4 else f"{days[0]}, {days[1]}, … {days[-1]}"


def _replace(texts: Mapping[Path, str]) -> None:
    """Write all files or none; whoever opens one meanwhile reads the old one."""
    unfinished = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in texts}
    try:
        for path, text in texts.items():
            unfinished[path].write_text(text, encoding="utf-8")
        for path, new in unfinished.items():
            new.replace(path)
    finally:
        for new in unfinished.values():
            new.unlink(missing_ok=True)

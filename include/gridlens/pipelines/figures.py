"""From marts to figures: the rows that each figure asks for, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import duckdb

from gridlens.charts import FIGURES, Chart, Figure, html, png, svg
from gridlens.errors import InputError
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.filter_values import require_values
from gridlens.pipelines.mart_rows import (
    asked_in_words,
    known_arguments,
    mart_query,
    require_known,
    rows_of,
)
from gridlens.settings import Settings
from gridlens.window import Window

FORMS: Mapping[str, Callable[[Chart], bytes]] = {
    ".png": png,
    ".svg": lambda chart: svg(chart).encode(),
    ".html": lambda chart: html(chart).encode(),
}


def draw_figures(
    settings: Settings, window: Window, names: list[str], output: Path, arguments: Mapping[str, str]
) -> Iterator[Path]:
    """Draw figures of a window into files.

    Args:
        settings: where the warehouse is.
        window: the days.
        names: of the figures; none: all.
        output: a file that ends in .png, .svg or .html; for several figures, a folder that takes
            a PNG of each.
        arguments: of the marts, such as ``at_site``; a figure whose mart does not take one of them,
            or not this value, is drawn without it.

    Raises:
        InputError: no figure has that name, no mart takes an argument, the window has no such
            value of it, or the file's ending is another.
        NotFound: there is no warehouse.
    """
    chosen = [figure_named(name) for name in names or FIGURES]
    require_known(arguments)
    is_file = len(names) == 1 and output.suffix != ""
    if is_file and output.suffix not in FORMS:
        raise InputError(f"{output} must end in {', '.join(FORMS)}")
    with open_lake(settings).reader() as lake:
        require_values(lake, window, arguments)
        for figure in chosen:
            path = output if is_file else output / f"{figure.name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(FORMS[path.suffix](drawn(lake, figure, window, arguments)))
            yield path


def drawn(
    lake: duckdb.DuckDBPyConnection, figure: Figure, window: Window, arguments: Mapping[str, str]
) -> Chart:
    """The chart of a figure over a window; days that were never loaded are not drawn as zeros."""
    loaded = has_days(lake, window)
    rows = rows_of(lake, figure_query(figure, window, arguments)) if loaded else []
    return figure.chart(rows, loaded=loaded, under=figure_words(figure, window, arguments))


def figure_query(figure: Figure, window: Window, arguments: Mapping[str, str]) -> str:
    """What a figure asks; of ``arguments`` it takes those that its mart knows."""
    return mart_query(figure.mart, window, _taken(figure, arguments), figure.order)


def figure_words(figure: Figure, window: Window, arguments: Mapping[str, str]) -> str:
    """The same in words, to stand in the picture, and which filters its mart does not take."""
    words = asked_in_words(figure.mart, window, _taken(figure, arguments))
    left = [name for name in arguments if name not in _taken(figure, arguments)]
    return f"{words}; not filtered by {', '.join(left)}" if left else words


def _taken(figure: Figure, arguments: Mapping[str, str]) -> dict[str, str]:
    return known_arguments(figure.mart, arguments) | dict(figure.arguments)


def figure_named(name: str) -> Figure:
    """The figure of that name.

    Raises:
        InputError: there is none.
    """
    if name not in FIGURES:
        raise InputError(f"there is no figure '{name}'; there are: {', '.join(FIGURES)}")
    return FIGURES[name]


def has_days(lake: duckdb.DuckDBPyConnection, window: Window) -> bool:
    """Whether the warehouse holds any day of the window."""
    found = lake.execute(
        "select count(*) from raw.computed_days where day >= $first and day < $end",
        {"first": window.first.date, "end": window.end.date},
    ).fetchone()
    return bool(found and found[0])

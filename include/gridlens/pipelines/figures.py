"""From marts to figures: the rows that each figure asks for, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import duckdb

from gridlens.charts import FIGURES, Chart, Figure, html, png, svg
from gridlens.errors import InputError
from gridlens.matching import V1
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import models
from gridlens.settings import Settings
from gridlens.tables.identifiers import literal
from gridlens.window import Window

_FORMS: Mapping[str, Callable[[Chart], bytes]] = {
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
        arguments: of the marts, such as ``at_site``; a figure whose mart does not take one of them
            is drawn without it.

    Raises:
        InputError: no figure has that name, or the file's ending is another.
        NotFound: there is no warehouse.
    """
    chosen = [_figure(name) for name in names or FIGURES]
    is_file = len(names) == 1 and output.suffix != ""
    if is_file and output.suffix not in _FORMS:
        raise InputError(f"{output} must end in {', '.join(_FORMS)}")
    with open_lake(settings).reader() as lake:
        loaded = has_days(lake, window)
        for figure in chosen:
            rows = figure_rows(lake, figure, window, arguments)
            path = output if is_file else output / f"{figure.name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_FORMS[path.suffix](figure.chart(rows, loaded=loaded)))
            yield path


def figure_rows(
    lake: duckdb.DuckDBPyConnection,
    figure: Figure,
    window: Window,
    arguments: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:
    """The rows that a figure draws; of ``arguments`` it takes those that its mart knows."""
    model = models(V1)[figure.mart]
    first, end = f"date '{window.first}'", f"date '{window.end}'"
    order = f" order by {figure.order}" if figure.order else ""
    if model.day:
        where = f"where {model.day} >= {first} and {model.day} < {end}"
        found = lake.execute(f"select * from {figure.mart} {where}{order}")
    else:
        taken = {a.name for a in model.arguments}
        given = {k: v for k, v in (arguments or {}).items() if k in taken} | dict(figure.arguments)
        named = "".join(f", {name} := {literal(value)}" for name, value in given.items())
        found = lake.execute(f"select * from {figure.mart}({first}, {end}{named}){order}")
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def has_days(lake: duckdb.DuckDBPyConnection, window: Window) -> bool:
    """Whether the warehouse holds any day of the window."""
    found = lake.execute(
        "select count(*) from raw.computed_days where day >= $first and day < $end",
        {"first": window.first.date, "end": window.end.date},
    ).fetchone()
    return bool(found and found[0])


def _figure(name: str) -> Figure:
    if name not in FIGURES:
        raise InputError(f"there is no figure '{name}'; there are: {', '.join(FIGURES)}")
    return FIGURES[name]

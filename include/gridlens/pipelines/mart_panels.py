"""Panels of a report from marts: those that figures draw, and the others as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from gridlens.charts import FIGURES, Figure, Panel, specification
from gridlens.charts.figure import Rows
from gridlens.matching import V1
from gridlens.pipelines.figures import figure_query
from gridlens.pipelines.loaded_panels import RULES
from gridlens.pipelines.mart_rows import known_arguments, mart_model, mart_query, rows_of
from gridlens.pipelines.models import models
from gridlens.pipelines.report import Stopwatch
from gridlens.window import Window

MOST_LISTED = 1000
# Where not all rows may be shown, the dearest come first.
ORDERS = {"mart.anomalies": "loss_s desc"}


@dataclass(frozen=True)
class MartPanels:
    """Panels from one reader.

    Attributes:
        lake: the reader.
        window: the days.
        arguments: of the marts; one that does not take one of them is asked without it.
        progress: is told of each panel, with its time.
    """

    lake: duckdb.DuckDBPyConnection
    window: Window
    arguments: Mapping[str, str]
    progress: Callable[[str], None]

    def drawn(self, figure: Figure) -> Panel:
        """A figure, with the rows that it draws."""
        query = figure_query(figure, self.window, self.arguments)
        rows, model = self._rows(figure.name, query), mart_model(figure.mart)
        return Panel(
            name=figure.name,
            title=figure.title,
            source=figure.source,
            definition=figure.definition,
            rows=rows,
            columns=model.columns,
            query=query,
            fingerprint=model.fingerprint,
            specification=specification(figure.chart(rows)),
        )

    def listed(self, name: str) -> Panel:
        """A window mart as a table."""
        order = f"{ORDERS.get(name, '')} limit {MOST_LISTED}"
        query = mart_query(name, self.window, known_arguments(name, self.arguments), order)
        model = mart_model(name)
        return Panel(
            name=name,
            title=name.removeprefix("mart.").replace("_", " ").capitalize(),
            definition=model.meaning,
            rows=self._rows(name, query),
            columns=model.columns,
            query=query,
            fingerprint=model.fingerprint,
        )

    def _rows(self, name: str, query: str) -> Rows:
        watch = Stopwatch()
        rows = rows_of(self.lake, query)
        self.progress(f"{name}: {len(rows):,} rows ({watch.seconds:.1f} s)")
        return rows


def not_drawn() -> list[str]:
    """Window marts that no figure and no panel shows."""
    shown = {figure.mart for figure in FIGURES.values()} | {RULES}
    return sorted(m.name for m in models(V1).values() if m.day is None and m.name not in shown)

"""Panels of a report from marts: those that figures draw, and the others as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from gridlens.charts import FIGURES, Figure, Panel, specification
from gridlens.charts.figure import Rows
from gridlens.matching import V1
from gridlens.pipelines.figures import figure_query, figure_words
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
        most_listed: rows of a table that no figure draws; the panel says how many there are.
    """

    lake: duckdb.DuckDBPyConnection
    window: Window
    arguments: Mapping[str, str]
    progress: Callable[[str], None]
    most_listed: int = MOST_LISTED

    def drawn(self, figure: Figure) -> Panel:
        """A figure, with the rows that it draws."""
        query = figure_query(figure, self.window, self.arguments)
        under = figure_words(figure, self.window, self.arguments)
        rows, more_rows = self._rows(figure.name, query)
        model = mart_model(figure.mart)
        return Panel(
            name=figure.name,
            title=figure.title,
            source=figure.source,
            definition=figure.definition,
            rows=rows,
            columns=model.columns,
            query=query,
            fingerprint=model.fingerprint,
            specification=specification(figure.chart(rows, under=under)),
            filters=filters_told(figure.mart, self.arguments, figure.arguments),
            more_rows=more_rows,
        )

    def listed(self, name: str) -> Panel:
        """A window mart as a table, of its first rows where there are many."""
        order = f"{ORDERS.get(name, '')} limit {self.most_listed}"
        query = mart_query(name, self.window, known_arguments(name, self.arguments), order)
        rows, more_rows = self._rows(name, query)
        model = mart_model(name)
        return Panel(
            name=name,
            title=name.removeprefix("mart.").replace("_", " ").capitalize(),
            definition=model.meaning,
            rows=rows,
            columns=model.columns,
            query=query,
            fingerprint=model.fingerprint,
            filters=filters_told(name, self.arguments),
            more_rows=more_rows,
        )

    def _rows(self, name: str, query: str) -> tuple[Rows, int]:
        """The rows that the query gives, and how many more its limit leaves out."""
        watch = Stopwatch()
        rows = rows_of(self.lake, query)
        whole, _, limit = query.rpartition(" limit ")
        more = 0
        if limit.isdigit() and len(rows) == int(limit):
            [counted] = rows_of(self.lake, f"select count(*) as n from ({whole})")
            more = counted["n"] - len(rows)
        self.progress(f"{name}: {len(rows):,} rows ({watch.seconds:.1f} s)")
        return rows, more


def filters_told(mart: str, given: Mapping[str, str], own: Mapping[str, str] | None = None) -> str:
    """Which of the filters given a panel is under, and why not the others.

    Args:
        mart: that the panel asks.
        given: of the whole report.
        own: arguments that the panel's figure sets itself; they go before those given.
    """
    fixed = own or {}
    taken = {k: v for k, v in known_arguments(mart, given).items() if k not in fixed}
    left = {k: v for k, v in given.items() if k not in taken and k not in fixed}
    told = {"Filtered by": taken, "Not filtered by": left, "Always with": fixed}
    return "; ".join(f"{words} {_listed(found)}" for words, found in told.items() if found)


def _listed(arguments: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in arguments.items())


def not_drawn() -> list[str]:
    """Window marts that no figure and no panel shows."""
    shown = {figure.mart for figure in FIGURES.values()} | {RULES}
    return sorted(m.name for m in models(V1).values() if m.day is None and m.name not in shown)

"""What a report is made of, for page and JSON alike: panels with their numbers, in chapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gridlens.charts.figure import Rows, plain


@dataclass(frozen=True)
class Panel:
    """Rows, what they mean, where they are from, and how they are drawn.

    Attributes:
        name: of the anchor; no two panels of a report have the same.
        title: what is shown.
        definition: how the numbers are made.
        rows: all of them, or the first.
        columns: meaning by column.
        source: paper and figure that it answers; empty where none does.
        query: SQL that gives the rows; empty where they are from no table.
        fingerprint: of the model behind them; empty where there is none.
        specification: Vega-Lite of the chart; None where the rows are shown as a table only.
        filters: which filters these rows are under, and which they are not; empty where none is.
        more_rows: how many rows there are behind these.
    """

    name: str
    title: str
    definition: str
    rows: Rows
    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    query: str = ""
    fingerprint: str = ""
    specification: Mapping[str, Any] | None = None
    filters: str = ""
    more_rows: int = 0

    @property
    def counted(self) -> str:
        """How many rows there are, in words: ``1,000 of 46,895 rows``."""
        shown, whole = len(self.rows), len(self.rows) + self.more_rows
        of_all = f"{shown:,} of " if self.more_rows else ""
        return f"{of_all}{whole:,} row" + ("" if whole == 1 else "s")

    def as_dict(self) -> dict[str, Any]:
        """All but the drawing, as JSON has it."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "definition": self.definition,
            "query": self.query,
            "fingerprint": self.fingerprint,
            "filters": self.filters,
            "columns": dict(self.columns),
            "counted": self.counted,
            "rows": plain(self.rows),
        }


@dataclass(frozen=True)
class WindowReport:
    """All that is told of a window.

    Attributes:
        title: of the page.
        facts: what the numbers rest on, by label: window, snapshot, versions.
        notes: what a reader must know first, one sentence each.
        chapters: panels by the chapter's title, in the order of reading.
    """

    title: str
    facts: Mapping[str, str]
    notes: tuple[str, ...]
    chapters: Mapping[str, tuple[Panel, ...]]

    def as_dict(self) -> dict[str, Any]:
        """The report's numbers, as JSON has them."""
        return {
            "title": self.title,
            "facts": dict(self.facts),
            "notes": list(self.notes),
            "chapters": [
                {"title": title, "panels": [panel.as_dict() for panel in panels]}
                for title, panels in self.chapters.items()
            ],
        }

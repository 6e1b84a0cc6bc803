"""A figure: what it asks of one mart, and how it draws the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import altair as alt

Row = Mapping[str, Any]
Rows = Sequence[Row]
Chart = alt.TopLevelMixin


@dataclass(frozen=True)
class Figure:
    """One chart over the rows of one mart.

    Attributes:
        name: of the file and the anchor: ``transfer_volumes_by_site``.
        title: what is shown, as a reader would say it, units included.
        source: paper and figure that it answers, or the section that asked for it.
        definition: how the numbers are made, in a sentence or two; what differs from the paper.
        mart: window mart or table that the rows come from.
        draw: makes the chart from at least one row.
        arguments: of the mart, where this figure wants others than the defaults.
        order: SQL after ``order by``, and ``limit`` if the figure shows the first few only.
    """

    name: str
    title: str
    source: str
    definition: str
    mart: str
    draw: Callable[[Rows], Chart]
    arguments: Mapping[str, str] = field(default_factory=dict)
    order: str | None = None

    def chart(self, rows: Rows, *, loaded: bool = True, under: str = "") -> Chart:
        """The chart of these rows, titled; without any, a panel that says why it is empty.

        Args:
            rows: of the mart, as `order` has them.
            loaded: whether the window has days at all; an empty answer over loaded days is an
                answer, one over none is not.
            under: which days, jobs and filters the rows are of; a picture is seen without its page.
        """
        body = self.draw(rows) if rows else _empty(loaded)
        subtitle = [text for text in (self.source, under) if text]
        return body.properties(title=alt.Title(self.title, subtitle=subtitle))


def values(rows: Rows) -> alt.Data:
    """Rows as inline data, with times as text that a browser reads as UTC."""
    return alt.Data(values=plain(rows))


def plain(rows: Rows) -> list[dict[str, object]]:
    """Rows as JSON has them: times as text, and no number that JSON cannot write."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    """Days and times as ISO text, numbers that are none as null; else what JSON has."""
    if isinstance(value, float | Decimal):
        # Digits beyond these depend on the order in which two threads add.
        return float(f"{value:.12g}") if math.isfinite(value) else None
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        return value
    text = str(isoformat())
    return f"{text}Z" if "T" in text else text


def _empty(loaded: bool) -> alt.Chart:
    says = "no rows in this window" if loaded else "no data loaded for this window"
    data = alt.Data(values=[{"says": says}])
    return alt.Chart(data).mark_text(size=14, color="#666").encode(text="says:N")

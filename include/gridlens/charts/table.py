"""Rows as a table of a page: numbers to the right, times as UTC, ids as links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from gridlens.charts.figure import Row, Rows

MOST_ROWS = 200
LONG = 60  # characters
# Pages of the experiment's own tools, for the columns whose values they know.
LINKS: Mapping[str, str] = {
    "pandaid": "https://bigpanda.cern.ch/job/{}/",
    "jeditaskid": "https://bigpanda.cern.ch/task/{}/",
    "computingsite": "https://bigpanda.cern.ch/site/{}/",
}
# Numbers that name something and count nothing.
_NAMES = ("id", "code", "year", "position")


def table(rows: Rows, columns: Mapping[str, str]) -> str:
    """The first rows as HTML; a column's meaning shows where the pointer rests on its name.

    Args:
        rows: at least one.
        columns: meaning by column.
    """
    head = "".join(
        f'<th{_kind(value)} title="{escape(columns.get(name, ""))}">{escape(name)}</th>'
        for name, value in rows[0].items()
    )
    body = "\n".join(_line(row) for row in rows[:MOST_ROWS])
    left = len(rows) - MOST_ROWS
    more = f"<p>{left:,} more rows are in the JSON file beside this page.</p>" if left > 0 else ""
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>{more}"
    )


def _line(row: Row) -> str:
    return "<tr>" + "".join(_cell(name, value) for name, value in row.items()) + "</tr>"


def _cell(name: str, value: Any) -> str:
    return f"<td{_kind(value)}>{_content(name, value)}</td>"


def _kind(value: Any) -> str:
    """How a cell is set: numbers to the right, long texts over several lines."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ' class="number"'
    return ' class="long"' if isinstance(value, str) and len(value) > LONG else ""


def _content(name: str, value: Any) -> str:
    """The value as text, and as a link where it is an address or has one."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_content(name, item) for item in value)
    text = escape(_text(name, value))
    if text.startswith("https://"):
        return f'<a href="{text}">{text.split("/")[2]}</a>'
    address = LINKS.get(name)
    if address and value is not None:
        return f'<a href="{escape(address.format(quote(str(value), safe="")))}">{text}</a>'
    return text


def _text(name: str, value: Any) -> str:
    for kind, text in _FORMS.items():
        if isinstance(value, kind):
            return text(name, value)
    return str(value)


def _integer(name: str, value: int) -> str:
    return str(value) if name.endswith(_NAMES) else f"{value:,}"


def _float(_: str, value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


# In this order: a bool is an int too.
_FORMS: Mapping[type, Callable[[str, Any], str]] = {
    type(None): lambda _, value: "",
    bool: lambda _, value: "yes" if value else "no",
    int: _integer,
    float: _float,
}

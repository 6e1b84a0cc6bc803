"""The overview as HTML; all that comes from elsewhere is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gridlens.pipelines import DayOverview, Overview

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; color: #222; background: #fff; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.6rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.9rem 0.3rem 0; }
th { border-bottom: 2px solid #ccc; } td { border-bottom: 1px solid #eee; }
a { color: #0072b2; } .why { color: #555; max-width: 60rem; overflow-wrap: anywhere; }
.state { font-weight: 600; white-space: nowrap; }
.complete { color: #00745a; } .stale, .missing { color: #b3530a; }
.edge, .empty, .unavailable { color: #666; }
.warning { border-left: 4px solid #d55e00; background: #fdf1e8; padding: 0.6rem 1rem; }
"""
_MEANINGS = {
    "complete": "made from all it needs",
    "edge": "made while days that it looks back on were not there",
    "stale": "something it was made from has changed since: `gridlens settle` computes it again",
    "empty": "the source had nothing",
    "unavailable": "the source begins later, or ends earlier",
    "missing": "never fetched",
}


def overview_page(seen: Overview, warnings: Iterable[str] = (), title: str = "Days") -> str:
    """Days with their state, alerts and quality pages, below what is wrong at large."""
    shown = "".join(f'<p class="warning">{escape(text)}</p>' for text in warnings)
    earlier = f"<p>{seen.earlier:,} earlier days are not listed.</p>" if seen.earlier else ""
    return page(title, shown + _alerts(seen.alerts) + _days(seen.days) + earlier)


def message_page(title: str, text: str) -> str:
    """A page that says one thing."""
    return page(title, f'<p class="warning">{escape(text)}</p>')


def page(title: str, body: str) -> str:
    """A whole page around a body that is HTML already."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>gridlens: {escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _alerts(alerts: Iterable[Mapping[str, Any]]) -> str:
    rows = "".join(
        _row(
            escape(str(alert["state"])),
            escape(str(alert["severity"])),
            escape(str(alert["day"] or "")),
            escape(str(alert["message"])) + f'<br><span class="why">{_next(alert)}</span>',
        )
        for alert in alerts
    )
    if not rows:
        return "<p>No alert is open.</p>"
    return f"<h2>Alerts</h2><table>{_head('state', 'severity', 'day', 'what')}{rows}</table>"


def _next(alert: Mapping[str, Any]) -> str:
    return escape(f"next: {alert['next_step']}" if alert["next_step"] else "")


def _days(days: Iterable[DayOverview]) -> str:
    rows = "".join(_day(day) for day in days)
    if not rows:
        return "<p>No day is known yet: unpause gridlens_daily, or start a run of it.</p>"
    head = _head("day", "state", "quality pages", "alerts", "why")
    return f"<h2>Days</h2><table>{head}{rows}</table>"


def _day(day: DayOverview) -> str:
    name, state = escape(str(day.status.day)), escape(day.status.state)
    meaning = escape(_MEANINGS.get(day.status.state, ""))
    link = f'<a href="data-docs/{name}/index.html">Data Docs</a>' if day.has_data_docs else ""
    return _row(
        name,
        f'<span class="state {state}" title="{meaning}">{state}</span>',
        link,
        f"{len(day.alerts)} open" if day.alerts else "",
        f'<span class="why">{_because(day)}</span>',
    )


def _because(day: DayOverview) -> str:
    first, *more = day.status.because or ("",)
    return escape(first + (f" (and {len(more)} more)" if more else ""))


def _head(*names: str) -> str:
    return "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"

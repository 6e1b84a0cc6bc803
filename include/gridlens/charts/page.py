"""The report as one HTML file that asks no network for anything and reads without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template

from gridlens.charts.draw import inline, javascript
from gridlens.charts.panel import Panel, WindowReport
from gridlens.charts.table import table


def page(report: WindowReport) -> str:
    """The whole page: style, script, charts and tables."""
    return Template(_part("page.html")).substitute(
        title=escape(report.title),
        style=_part("page.css"),
        facts=_facts(report),
        notes="".join(f'<p class="note">{escape(note)}</p>\n' for note in report.notes),
        contents=_contents(report),
        chapters="\n".join(_chapter(t, panels) for t, panels in report.chapters.items()),
        bundle=javascript() if any(p.specification for p in _panels(report)) else "",
        script=_part("page.js"),
    )


def _part(name: str) -> str:
    return (files("gridlens.charts") / name).read_text(encoding="utf-8")


def _panels(report: WindowReport) -> Iterable[Panel]:
    return (panel for panels in report.chapters.values() for panel in panels)


def _facts(report: WindowReport) -> str:
    lines = (f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.facts.items())
    return "<dl>" + "\n".join(lines) + "</dl>"


def _contents(report: WindowReport) -> str:
    def items(panels: Iterable[Panel]) -> str:
        return "".join(f'<li><a href="#{p.name}">{escape(p.title)}</a></li>' for p in panels)

    chapters = (
        f'<li><a href="#{_anchor(title)}">{escape(title)}</a><ul>{items(panels)}</ul></li>'
        for title, panels in report.chapters.items()
    )
    return f"<ul>{''.join(chapters)}</ul>"


def _chapter(title: str, panels: Iterable[Panel]) -> str:
    body = "\n".join(_panel(panel) for panel in panels)
    return f'<section id="{_anchor(title)}">\n<h2>{escape(title)}</h2>\n{body}\n</section>'


def _anchor(title: str) -> str:
    """A chapter's anchor; panels are named as marts are, so that the two never meet."""
    return "chapter-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _panel(panel: Panel) -> str:
    source = f'<p class="source">{escape(panel.source)}</p>' if panel.source else ""
    filters = f'<p class="filters">{escape(panel.filters)}</p>' if panel.filters else ""
    return (
        f'<figure id="{panel.name}">\n<h3>{escape(panel.title)}</h3>{source}\n{_chart(panel)}'
        f"<figcaption>{escape(panel.definition)}</figcaption>\n{filters}{_numbers(panel)}\n</figure>"
    )


def _chart(panel: Panel) -> str:
    if panel.specification is None:
        return ""
    return (
        f'<div class="chart" data-chart="{panel.name}-chart"></div>\n'
        f'<script type="application/json" id="{panel.name}-chart">'
        f"{inline(panel.specification)}</script>\n"
    )


def _numbers(panel: Panel) -> str:
    """The rows, folded below a chart and open where they are all there is; and their query."""
    made = f" (model {escape(panel.fingerprint)})" if panel.fingerprint else ""
    query = f'<p class="query"><code>{escape(panel.query)}</code>{made}</p>' if panel.query else ""
    if not panel.rows:
        return f"<p>No rows in this window.</p>{query}"
    fold = "" if panel.specification else " open"
    return (
        f"<details{fold}><summary>{panel.counted}</summary>\n"
        f"{query}{table(panel.rows, panel.columns)}\n</details>"
    )

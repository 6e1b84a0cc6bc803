"""Charts as pictures and as pages, without a network."""

from __future__ import annotations

import json
from typing import Any

import vl_convert

from gridlens.charts.figure import Chart

PICTURE_SCALE = 2.0


def specification(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite specification, its data in it; the same for page, notebook and picture."""
    return dict(chart.to_dict())


def png(chart: Chart, scale: float = PICTURE_SCALE) -> bytes:
    """The chart as a PNG picture, so many pixels for each of its own."""
    return bytes(vl_convert.vegalite_to_png(json.dumps(specification(chart)), scale=scale))


def svg(chart: Chart) -> str:
    """The chart as SVG."""
    return str(vl_convert.vegalite_to_svg(json.dumps(specification(chart))))


def html(chart: Chart) -> str:
    """The chart as a page that needs nothing else."""
    return str(vl_convert.vegalite_to_html(json.dumps(specification(chart)), bundle=True))


def javascript() -> str:
    """Vega, Vega-Lite and their embedding as one script, for a page of many charts."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))

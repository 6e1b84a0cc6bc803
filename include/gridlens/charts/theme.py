"""How all figures look."""

from __future__ import annotations

from typing import Any

import altair as alt

WIDTH, HEIGHT = 640, 360
# Okabe and Ito's colours, told apart by every kind of sight.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
RED, PURPLE, GREY = "#D55E00", "#CC79A7", "#999999"
PALETTE = [BLUE, ORANGE, GREEN, RED, PURPLE, "#56B4E9", "#F0E442", GREY]
SEQUENTIAL = "viridis"


_CONFIG: dict[str, Any] = {
    "background": "white",
    "font": "sans-serif",
    "view": {"continuousWidth": WIDTH, "continuousHeight": HEIGHT, "stroke": None},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "subtitleFontSize": 11,
        "subtitleColor": "#666666",
        "offset": 12,
    },
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "labelLimit": 220, "gridColor": "#e8e8e8"},
    "legend": {"labelFontSize": 11, "titleFontSize": 12, "labelLimit": 260},
    "range": {
        "category": PALETTE,
        "ramp": {"scheme": SEQUENTIAL},
        "heatmap": {"scheme": SEQUENTIAL},
    },
}


@alt.theme.register("gridlens", enable=True)
def gridlens() -> alt.theme.ThemeConfig:
    """Fonts, sizes and colours; titles to the left with room for the source below."""
    return alt.theme.ThemeConfig(config=_CONFIG)  # type: ignore[typeddict-item]  # plain Vega-Lite

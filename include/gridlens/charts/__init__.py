"""What people look at: one chart a figure, from the rows of a mart alone, and the report's page."""

from gridlens.charts import theme  # noqa: F401 - registers how all figures look
from gridlens.charts.catalogue import CHAPTERS, FIGURES
from gridlens.charts.draw import html, javascript, png, specification, svg
from gridlens.charts.figure import Chart, Figure
from gridlens.charts.page import page
from gridlens.charts.panel import Panel, WindowReport

__all__ = [
    "CHAPTERS",
    "FIGURES",
    "Chart",
    "Figure",
    "Panel",
    "WindowReport",
    "html",
    "javascript",
    "page",
    "png",
    "specification",
    "svg",
]

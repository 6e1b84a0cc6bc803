"""What people look at: one chart a figure, from the rows of a mart alone."""

from gridlens.charts import theme  # noqa: F401 - registers how all figures look
from gridlens.charts.catalogue import FIGURES
from gridlens.charts.draw import html, javascript, png, specification, svg
from gridlens.charts.figure import Chart, Figure

__all__ = ["FIGURES", "Chart", "Figure", "html", "javascript", "png", "specification", "svg"]

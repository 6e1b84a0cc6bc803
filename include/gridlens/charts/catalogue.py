"""All figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping

from gridlens.charts import errors, jobs, sites, statuses
from gridlens.charts.figure import Figure

FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (*statuses.FIGURES, *jobs.FIGURES, *sites.FIGURES, *errors.FIGURES)
}

"""All figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping

from gridlens.charts import localities, matching, phases, statuses, timelines, transfer_shares
from gridlens.charts.figure import Figure

FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (
        *statuses.FIGURES,
        *matching.FIGURES,
        *phases.FIGURES,
        *transfer_shares.FIGURES,
        *localities.FIGURES,
        *timelines.FIGURES,
    )
}

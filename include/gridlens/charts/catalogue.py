"""All figures, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping

from gridlens.charts import bandwidth, statuses, storage, transfers
from gridlens.charts.figure import Figure

FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (
        *statuses.FIGURES,
        *storage.FIGURES,
        *transfers.FIGURES,
        *bandwidth.FIGURES,
    )
}

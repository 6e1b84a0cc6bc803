"""All figures, in the chapters and in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from gridlens.charts import (
    accuracy,
    anomalies,
    bandwidth,
    completeness,
    costs,
    data_access,
    errors,
    failures,
    generator,
    generator_scores,
    jobs,
    localities,
    matching,
    phases,
    sites,
    slice_quality,
    statuses,
    storage,
    timelines,
    transfer_shares,
    transfers,
)
from gridlens.charts.figure import Figure

_MODULES = (
    statuses,
    jobs,
    sites,
    errors,
    data_access,
    failures,
    storage,
    transfers,
    bandwidth,
    matching,
    phases,
    transfer_shares,
    localities,
    timelines,
    anomalies,
    accuracy,
    completeness,
    slice_quality,
    generator,
    generator_scores,
    costs,
)


def _title(module: ModuleType) -> str:
    """A chapter is called as its module says what it draws."""
    return (module.__doc__ or "").splitlines()[0].rstrip(".")


CHAPTERS: Mapping[str, tuple[Figure, ...]] = {_title(m): m.FIGURES for m in _MODULES}
FIGURES: Mapping[str, Figure] = {
    figure.name: figure for figures in CHAPTERS.values() for figure in figures
}

"""The whole way of one day, without Airflow."""

from __future__ import annotations

from collections.abc import Callable

from gridlens.pipelines.derive import indicators, match
from gridlens.pipelines.extract import EXTRACTED, extract
from gridlens.pipelines.load import load
from gridlens.pipelines.report import Report
from gridlens.pipelines.validate import validate
from gridlens.settings import Settings
from gridlens.window import Day


def run_day(settings: Settings, day: Day, progress: Callable[[str], None]) -> list[Report]:
    """Extract, validate, load, match and compute the indicators of one day.

    Args:
        settings: where everything rests.
        day: the UTC day.
        progress: told the summary of each step as soon as it is done.
    """
    reports = []

    def done(report: Report) -> Report:
        progress(report.summary())
        reports.append(report)
        return report

    states = [done(extract(settings, table, day)).numbers["state"] for table in EXTRACTED]
    if set(states) <= {"unavailable", "not provided"}:
        return reports
    for step in (validate, load, match, indicators):
        done(step(settings, day))
    return reports

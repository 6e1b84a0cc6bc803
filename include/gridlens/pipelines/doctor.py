"""Look at an installation from all sides, change nothing, and say what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points

import duckdb

from gridlens.errors import GridlensError
from gridlens.pipelines.day_checks import DAY_CHECKS
from gridlens.pipelines.findings import GROUP, Check, Finding, Looked
from gridlens.pipelines.home_checks import HOME_CHECKS
from gridlens.pipelines.lake_checks import LAKE_CHECKS, backups_are_whole
from gridlens.pipelines.slice_checks import SLICE_CHECKS
from gridlens.settings import Settings


def doctor(settings: Settings, checks: Iterable[Check] | None = None) -> Iterator[Finding | Looked]:
    """What is wrong, and what was looked at, each as soon as it is known.

    A check that cannot end is itself a finding, and the others still look.

    Args:
        settings: of the installation.
        checks: what to look at; None: all of this package's checks, and those of others.
    """
    for check in all_checks() if checks is None else checks:
        try:
            yield from check(settings)
        except (GridlensError, duckdb.Error, OSError) as error:
            first = str(error).splitlines()[0]
            yield Finding(f"could not look: {first}", check.__name__, "gridlens doctor")


OWN_CHECKS: tuple[Check, ...] = (
    *HOME_CHECKS,
    *SLICE_CHECKS,
    *LAKE_CHECKS,
    backups_are_whole,
    *DAY_CHECKS,
)


def all_checks() -> list[Check]:
    """The checks of this package, then those that others bring as entry points."""
    brought = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [*OWN_CHECKS, *(point.load() for point in brought)]

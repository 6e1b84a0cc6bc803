"""The days before a day that its measures are compared with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from gridlens.slices import Manifest
from gridlens.tables import TABLES
from gridlens.window import Day

# Two weeks, so that each day of the week is among them twice.
DAYS_BEFORE = 14
# What the ledger calls all slices of these days together.
FORTNIGHT = "slices.fortnight_before"

Manifests: TypeAlias = Mapping[str, list[Manifest]]


def fortnight(manifest: Callable[[str, Day], Manifest | None], day: Day) -> Manifests:
    """Manifests of the slices of the days before that have rows, by table, the latest first.

    Pruned ones are among them: giving up files makes no later day stale.
    """
    days = [day.plus(-back) for back in range(1, DAYS_BEFORE + 1)]
    return {
        name: [m for d in days if (m := manifest(name, d)) and m.state == "complete"]
        for name in TABLES
    }


def fortnight_checksum(manifests: Manifests) -> str | None:
    """Changes when one of these slices does; None where there are none."""
    told = [f"{m.table} {m.day} {m.fingerprint}" for found in manifests.values() for m in found]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32] if told else None

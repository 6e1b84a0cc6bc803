"""The book in which every planted fault is written, kept apart from the documents."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Book:
    """Which fault was planted on which record."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, kind: str, table: str, key: object) -> None:
        """Write one fault down."""
        self.rows.append((kind, table, str(key)))


@dataclass(frozen=True, slots=True)
class Dice:
    """Decides which faults of a table happen to a record, with one draw for all of them."""

    rng: random.Random
    rates: Mapping[str, float]

    def fault(self) -> str | None:
        """At most one fault, each at its rate."""
        at = self.rng.random()
        for name, rate in self.rates.items():
            if at < rate:
                return name
            at -= rate
        return None

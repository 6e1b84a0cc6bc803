"""One thing that is wrong now, found by a look at the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from gridlens.window import Day

Kind = Literal[
    "late", "stale", "contract", "volume", "expectation", "drift", "waiting", "failed", "damaged"
]
Severity = Literal["warning", "critical"]


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong now.

    Attributes:
        kind: ``late`` (a day that is not complete by its deadline), ``stale``, ``contract``,
            ``volume``, ``expectation``, ``drift``, ``waiting`` (runs that nobody lets start),
            ``failed`` (the last run of a step that keeps the warehouse) or ``damaged`` (slices
            that cannot be read).
        severity: ``critical`` where a day is missing from the answers, else ``warning``.
        day: the day concerned; None: no single one.
        table: the table concerned, without its schema; empty: none, or all.
        message: what is wrong, in one line.
        next_step: what a person does about it, a command where there is one.
        patience: how long it must last before it is worth an alert.
    """

    kind: Kind
    severity: Severity
    day: Day | None
    table: str
    message: str
    next_step: str
    patience: timedelta = timedelta()

    @property
    def key(self) -> str:
        """What stays the same as long as it is the same thing: ``contract/2025-04-02/jobs``."""
        return "/".join([self.kind, *([str(self.day)] if self.day else []), *self.table.split()])

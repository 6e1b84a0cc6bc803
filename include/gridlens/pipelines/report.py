"""What a pipeline tells when it is done: numbers for people and for machines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridlens.window import Day


@dataclass(frozen=True)
class Report:
    """The outcome of one pipeline call.

    Attributes:
        task: which pipeline, for example ``extract jobs``.
        day: the day it worked on, if it worked on one.
        numbers: counts and sizes by name, in the order in which they are told.
        notes: what a person should know, one sentence each.
        seconds: how long it took.
    """

    task: str
    day: Day | None = None
    numbers: Mapping[str, int | float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def summary(self) -> str:
        """The report as one line, notes behind it on lines of their own."""
        numbers = ", ".join(f"{name} {_number(value)}" for name, value in self.numbers.items())
        head = f"{self.task}{f' {self.day}' if self.day else ''}: {numbers or 'nothing to do'}"
        return "\n".join([f"{head} ({self.seconds:.1f} s)", *(f"  {note}" for note in self.notes)])

    def as_dict(self) -> dict[str, object]:
        """The report as plain values that any JSON writer takes."""
        return {
            "task": self.task,
            "day": str(self.day) if self.day else None,
            "numbers": dict(self.numbers),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }


def _number(value: float | str) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


@dataclass
class Stopwatch:
    """Seconds since the start of a pipeline, read when its report is made."""

    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

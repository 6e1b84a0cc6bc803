"""The outcome of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gridlens.window import Day


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one rule on one slice.

    Attributes:
        table: the slice's table.
        day: the slice's day.
        rule: the rule's name.
        kind: ``row``: how many rows tripped it; ``table``: whether the slice keeps it.
        level: ``flag`` or ``quarantine`` for a row rule, ``warn`` or ``fail`` for a table rule.
        status: ``pass``, ``warn`` or ``fail``; a row rule judges rows, so that its is ``pass``.
        rows: rows that tripped a row rule, or that a table rule names.
        of_rows: out of so many.
        message: the outcome in words.
    """

    table: str
    day: Day
    rule: str
    kind: Literal["row", "table"]
    level: Literal["flag", "quarantine", "warn", "fail"]
    status: Literal["pass", "warn", "fail"]
    rows: int
    of_rows: int
    message: str

"""The outcome of rules, and the error that stops a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gridlens.errors import ContractBroken
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


def raise_if_broken(results: Iterable[CheckResult], slice_path: Path | None) -> None:
    """Stop where a rule of level ``fail`` is not kept.

    Raises:
        ContractBroken: with table, day, every broken rule, and the first rows concerned.
    """
    broken = [result for result in results if result.status == "fail"]
    if not broken:
        return
    rules = "\n".join(f"  {result.rule}: {result.message}" for result in broken)
    raise ContractBroken(
        f"{broken[0].table} {broken[0].day} breaks its contract; nothing was loaded.\n{rules}\n"
        f"Look at {slice_path or 'the source'} and its quarantine, mend the source or its field "
        "map, and extract the day again; if the data are right, change the rule in "
        f"contracts/{broken[0].table}.toml"
    )

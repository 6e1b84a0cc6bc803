"""Rows of one table on their way from a source into a slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa


@dataclass(frozen=True)
class Problem:
    """Why one row of a batch cannot be accepted.

    Attributes:
        row: index of the row in its batch.
        field: column, or source field, that is at fault; ``(document)`` for the whole.
        reason: what is wrong, without the value of a personal field.
    """

    row: int
    field: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """A few thousand rows, typed, with what is wrong and a way back to the documents.

    Attributes:
        rows: canonical columns in table order, raw twins and ``quality_flags`` included; a row
            with a problem may hold NULLs and is never accepted.
        problems: at most one a row.
        original: the original documents of the rows with these indices, as text; asked only for
            rows that are quarantined, so that a good row costs nothing.
    """

    rows: pa.Table
    problems: tuple[Problem, ...] = field(default=())
    original: Callable[[Sequence[int]], list[str]] = field(default=lambda rows: [""] * len(rows))

    def judged(self, rows: pa.Table, problems: Sequence[Problem]) -> Batch:
        """The same batch with other rows (flags added) and further problems."""
        return replace(self, rows=rows, problems=(*self.problems, *problems))

"""Base rows that have the categories which were asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridlens.errors import InputError
from gridlens.generator.encoding import Encoding
from gridlens.generator.smote.distance import Ids


@dataclass(frozen=True)
class Bases:
    """For each row to draw, the training rows that may be its base.

    Attributes:
        fixed: places of the given categories among the codes.
        order: training rows, those of one combination of given categories side by side.
        start: for each row to draw, where its combination starts in ``order``.
        count: and how many training rows have it.
    """

    fixed: list[int]
    order: Ids
    start: Ids
    count: Ids

    def __len__(self) -> int:
        return len(self.start)

    def pick(self, which: slice, random: np.random.Generator) -> Ids:
        """A base for each of these rows to draw, all candidates with the same chance."""
        place: Ids = self.start[which] + random.integers(self.count[which])
        return self.order[place]


def any_base(rows: int, n: int) -> Bases:
    """Nothing is given: every training row may be the base of each of n rows."""
    return Bases([], np.arange(rows), np.zeros(n, np.int64), np.full(n, rows))


def bases_with(given: pa.Table, codes: npt.NDArray[np.int32], encoding: Encoding, n: int) -> Bases:
    """The training rows that have the given categories of each row.

    Args:
        given: n rows of categories, as text.
        codes: of the training rows.
        encoding: of these codes.
        n: number of rows to draw.

    Raises:
        InputError: given are other columns or another number of rows, or values that no training
            row has, or has together.
    """
    names = given.column_names
    if len(given) != n or not set(names) <= encoding.categories.keys() or not names:
        raise InputError(
            f"{len(given)} rows of {', '.join(names) or 'no column'} are given for {n} jobs: give "
            f"as many rows as jobs, with columns out of {', '.join(encoding.categories)}"
        )
    fixed = [encoding.code_names.index(name) for name in names]
    shape = [encoding.code_counts[column] for column in fixed]
    wanted = np.ravel_multi_index(_codes(given, encoding), shape)
    there = np.ravel_multi_index([codes[:, column] for column in fixed], shape)
    order = np.argsort(there, kind="stable")
    start, end = (np.searchsorted(there[order], wanted, side) for side in ("left", "right"))
    if (absent := np.flatnonzero(start == end)).size:
        row = given.slice(absent[0], 1).to_pylist()[0]
        raise InputError(
            "no job of the training window has "
            + " and ".join(f"{name} '{value}'" for name, value in row.items())
            + ": give a combination that it has, or leave one of them free"
        )
    return Bases(fixed, order, start, end - start)


def _codes(given: pa.Table, encoding: Encoding) -> list[npt.NDArray[np.int64]]:
    return [
        encoding.codes_of(name, column.cast(pa.string())).astype(np.int64)
        for name, column in zip(given.column_names, given.columns, strict=True)
    ]

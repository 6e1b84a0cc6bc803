"""What a caller fixes: categories that drawn jobs must have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridlens.errors import InputError
from gridlens.generator.encoding import Codes, Encoding


@dataclass(frozen=True)
class Given:
    """Codes that some categories must have, row by row.

    Attributes:
        encoding: that the codes are of.
        columns: columns of ``Encoded.codes`` that are given.
        wanted: rows x given columns.
    """

    encoding: Encoding
    columns: tuple[int, ...]
    wanted: Codes

    @classmethod
    def of(cls, table: pa.Table, encoding: Encoding, n: int) -> Given:
        """Read the table that is given to ``Engine.sample``; NULL is a value like others.

        Raises:
            InputError: not n rows, a column that is no category, or a value that no training
                row has.
        """
        if len(table) != n:
            raise InputError(f"{len(table)} rows are given for {n} jobs: give as many as you draw")
        names = list(encoding.categories)
        if strange := sorted(set(table.column_names) - set(names)):
            raise InputError(
                f"'{strange[0]}' cannot be given: only categories can, here {', '.join(names)}"
            )
        wanted = [_codes(table.column(name), name, encoding) for name in table.column_names]
        columns = tuple(names.index(name) for name in table.column_names)
        return cls(encoding, columns, np.stack(wanted or [np.empty((n, 0), np.int32)], axis=-1))

    def pick(
        self, codes: Codes, weights: npt.NDArray[np.float64], rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """For each given row one of the candidates that have its values, by their weights.

        Args:
            codes: candidates x all code columns.
            weights: of each candidate, more than 0.
            rng: one number is taken a row.

        Raises:
            InputError: no candidate has what a row wants.
        """
        wanted, candidates = _numbered(self.wanted, codes[:, self.columns])
        order = np.argsort(candidates, kind="stable")
        ends = np.cumsum(weights[order])
        first, last = (
            np.searchsorted(candidates[order], wanted, side) for side in ("left", "right")
        )
        if (first == last).any():
            raise InputError(self._unknown(int(np.argmax(first == last))))
        begin = np.where(first > 0, ends[first - 1], 0.0)
        place = begin + rng.random(len(wanted)) * (ends[last - 1] - begin)
        return order[np.clip(np.searchsorted(ends, place, "right"), first, last - 1)]

    def _unknown(self, row: int) -> str:
        names = list(self.encoding.categories)
        pairs = (
            f"{names[column]} '{self.encoding.categories[names[column]][code]}'"
            for column, code in zip(self.columns, self.wanted[row], strict=True)
        )
        return (
            f"no job with {' and '.join(pairs)} can be drawn, as no training job is like it: "
            "give fewer categories, or values that go together"
        )


def _codes(column: pa.ChunkedArray, name: str, encoding: Encoding) -> Codes:
    if not (pa.types.is_string(column.type) or pa.types.is_null(column.type)):
        raise InputError(f"the given '{name}' is {column.type}: give it as text")
    return encoding.codes_of(name, column.cast(pa.string()))


def _numbered(*matrices: Codes) -> list[npt.NDArray[np.int64]]:
    """One number for each row, the same where the rows of either matrix are the same."""
    both = np.concatenate(matrices)
    numbers = np.zeros(len(both), np.int64)
    for column in both.T:
        numbers = np.unique(numbers * (int(column.max()) + 1) + column, return_inverse=True)[1]
    return np.split(numbers, [len(matrices[0])])

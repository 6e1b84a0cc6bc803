"""How far two rows are from each other in SMOTE-NC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridlens.generator.encoding import Codes, Encoded, Numbers

Ids = npt.NDArray[np.int64]
Neighbours = npt.NDArray[np.int32]  # rows x k: ids, nearest first


@dataclass(frozen=True)
class Points:
    """Rows as points: two that differ in one code are ``step`` apart, whichever codes these are.

    Attributes:
        codes: columns x rows; columns that are the same in all rows are left out.
        numbers: columns x rows; the same.
        step: median of the numbers' standard deviations (Chawla et al. 2002, sec. 6.1); 1, the
            deviation of any number over all rows, where that is 0 and codes would not count.
    """

    codes: Codes
    numbers: Numbers
    step: float

    @classmethod
    def of(cls, rows: Encoded) -> Points:
        """The points of these rows."""
        codes = rows.codes[:, (rows.codes != rows.codes[0]).any(axis=0)]
        numbers = rows.numbers[:, (rows.numbers != rows.numbers[0]).any(axis=0)]
        step = float(np.median(rows.numbers.std(axis=0)))
        return cls(np.ascontiguousarray(codes.T), np.ascontiguousarray(numbers.T), step or 1.0)

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    def squared(self, ones: Ids, others: Ids) -> tuple[Numbers, Numbers]:
        """Squared distances between rows, by numbers and by codes.

        Args:
            ones: row ids.
            others: row ids; both are broadcast against each other.
        """
        shape = np.broadcast_shapes(ones.shape, others.shape)
        by_numbers: Numbers = np.zeros(shape)
        by_codes: Numbers = np.zeros(shape)
        for number in self.numbers:
            by_numbers += (number[ones] - number[others]) ** 2
        for code in self.codes:
            by_codes += code[ones] != code[others]
        return by_numbers, by_codes * self.step**2

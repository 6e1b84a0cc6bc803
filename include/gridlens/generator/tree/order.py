"""In which order the trees draw: the task's categories as one, the others, then the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridlens.generator.encoding import Codes, Encoded, Encoding
from gridlens.generator.tree.donors import Drawn

_NUMBERS = (  # a time tells the tasks apart, and the workload what the time leaves open
    "creationtime",
    "workload_gflop",
    "corecount",
    "ninputdatafiles",
    "inputfilebytes",
    "nevents",
)


@dataclass(frozen=True)
class Order:
    """Which columns of ``Encoded`` each step fills.

    Attributes:
        task: columns of codes that the first step fills together.
        single: columns of codes that the next steps fill, one each.
        numbers: columns of numbers that the last steps fill, one each.
        shift: a number's state is in the column of codes that is so many to the right.
    """

    task: tuple[int, ...]
    single: tuple[int, ...]
    numbers: tuple[int, ...]
    shift: int

    @classmethod
    def of(cls, encoding: Encoding) -> Order:
        """The order for the variables that were learned."""
        categories, scales = list(encoding.categories), list(encoding.scales)
        of_task = {v.name for v in encoding.variables if v.of_task}
        return cls(
            tuple(i for i, name in enumerate(categories) if name in of_task),
            tuple(i for i, name in enumerate(categories) if name not in of_task),
            tuple(scales.index(name) for name in _NUMBERS if name in scales),
            len(categories),
        )

    def apart(self, rows: Encoded) -> tuple[Codes, list[Drawn]]:
        """The distinct combinations of the task's categories, and each step's values."""
        task = rows.codes[:, self.task]
        code = np.zeros(len(rows), np.int64)
        for column in task.T:
            code = np.unique(code * (int(column.max()) + 1) + column, return_inverse=True)[1]
        first = np.unique(code, return_index=True)[1]
        values = [Drawn(code.astype(np.int32))]
        values += [Drawn(rows.codes[:, i]) for i in self.single]
        values += [Drawn(rows.codes[:, self.shift + i], rows.numbers[:, i]) for i in self.numbers]
        return task[first], values

    def categories(self, tuples: Codes, values: Sequence[Drawn]) -> Codes:
        """The columns of codes that categories fill: the combinations' taken apart."""
        codes = np.empty((len(values[0].codes), self.shift), np.int32)
        codes[:, self.task] = tuples[values[0].codes]
        for i, value in zip(self.single, values[1:], strict=False):
            codes[:, i] = value.codes
        return codes

    def together(self, tuples: Codes, values: Sequence[Drawn]) -> Encoded:
        """Each step's values as rows."""
        numbers = values[1 + len(self.single) :]
        at = np.argsort(self.numbers)
        states = [numbers[i].codes for i in at]
        return Encoded(
            np.column_stack([self.categories(tuples, values), *states]),
            np.column_stack([numbers[i].numbers for i in at]),
        )

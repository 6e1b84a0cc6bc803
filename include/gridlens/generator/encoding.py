"""Workloads as numbers: codes for what is named, scaled logarithms for what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import InputError
from gridlens.generator.workload import VARIABLES, Variable, as_workload, variables_of

Codes = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.float64]
VALUE, ZERO, MISSING = 0, 1, 2  # states of a number; zeros are many and mean something else
_MICROSECONDS = 1e6


@dataclass(frozen=True)
class Encoded:
    """Rows as two matrices.

    Attributes:
        codes: rows x (categories, then states of the numbers): whole numbers from 0.
        numbers: rows x numbers: scaled to mean 0 and deviation 1 over the training rows that have
            a value; 0 where the state says that there is none.
    """

    codes: Codes
    numbers: Numbers

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: npt.NDArray[np.int64]) -> Encoded:
        """Those rows, in that order."""
        return Encoded(self.codes[rows], self.numbers[rows])


@dataclass(frozen=True)
class Scale:
    """How one number is scaled: ``(f(x) - mean) / deviation``, f: log1p, or seconds for times.

    Attributes:
        mean: of f(x) over the rows that have a value.
        deviation: of the same rows; 1 where all are equal, or too close to tell apart.
        least: smallest value in the training rows, below which nothing is decoded.
        most: largest value, above which nothing is decoded.
    """

    mean: float
    deviation: float
    least: float
    most: float


@dataclass(frozen=True)
class Encoding:
    """What was learned from a training table to encode rows like its own, and to decode them.

    Attributes:
        variables: of the table, groups left out: no engine learns an id.
        categories: for each category its values, most frequent first; None stands for NULL.
        scales: for each number its scale.
    """

    variables: tuple[Variable, ...]
    categories: dict[str, tuple[str | None, ...]]
    scales: dict[str, Scale]

    @classmethod
    def learn(cls, table: pa.Table) -> Encoding:
        """Learn from training rows.

        Raises:
            InputError: the table is no workload, or has no rows.
        """
        table = as_workload(table)
        if not len(table):
            raise InputError("the training table has no rows: choose a window that has jobs")
        variables = tuple(v for v in variables_of(table) if v.kind != "group")
        return cls(
            variables,
            {v.name: _values(table.column(v.name)) for v in variables if v.kind == "category"},
            {v.name: _scale(table, v) for v in variables if v.kind != "category"},
        )

    @property
    def code_names(self) -> tuple[str, ...]:
        """Names of the codes' columns: categories, then numbers for their states."""
        return (*self.categories, *self.scales)

    @property
    def code_counts(self) -> tuple[int, ...]:
        """How many codes each column of codes can have."""
        return (*(len(values) for values in self.categories.values()), *(3 for _ in self.scales))

    def encode(self, table: pa.Table) -> Encoded:
        """Rows of a workload as matrices.

        Raises:
            InputError: a category that the training rows did not have, or no workload.
        """
        table = as_workload(table)
        numbers = [_scaled(table, v, self.scales[v.name]) for v in self._numeric]
        codes = [self.codes_of(name, table.column(name)) for name in self.categories]
        return Encoded(
            np.stack([*codes, *(state for state, _ in numbers)], axis=1),
            np.stack([value for _, value in numbers], axis=1),
        )

    def codes_of(self, name: str, values: pa.ChunkedArray) -> Codes:
        """The codes of a category's values.

        Raises:
            InputError: a value that the training rows did not have.
        """
        known = self.categories[name]
        found = pc.index_in(values, pa.array(known, pa.string()))
        if found.null_count:
            unknown = values.filter(pc.is_null(found))[0].as_py()
            raise InputError(
                f"no job of the training window has {name} '{unknown}': choose one that it has, "
                f"such as '{known[0]}'"
            )
        return np.asarray(found.to_numpy(), np.int32)

    def decode(self, rows: Encoded) -> pa.Table:
        """Matrices as rows of a workload; values are kept within those of the training rows."""
        names = list(self.categories)
        columns = {
            name: _decoded_names(rows.codes[:, i], self.categories[name])
            for i, name in enumerate(names)
        }
        for i, variable in enumerate(self._numeric):
            states = rows.codes[:, len(names) + i]
            scale = self.scales[variable.name]
            columns[variable.name] = _unscaled(states, rows.numbers[:, i], variable, scale)
        return as_workload(pa.table({v.name: columns[v.name] for v in self.variables}))

    def to_json(self) -> dict[str, Any]:
        """Everything that was learned, as plain JSON values."""
        return {
            "categories": {name: list(values) for name, values in self.categories.items()},
            "scales": {name: vars(scale) for name, scale in self.scales.items()},
        }

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Encoding:
        """Read what ``to_json`` gave."""
        known = given["categories"].keys() | given["scales"].keys()
        return cls(
            tuple(v for v in VARIABLES if v.name in known),
            {name: tuple(values) for name, values in given["categories"].items()},
            {name: Scale(**scale) for name, scale in given["scales"].items()},
        )

    @property
    def _numeric(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.kind != "category")


def _values(column: pa.ChunkedArray) -> tuple[str | None, ...]:
    counted = pc.value_counts(column).to_pylist()
    counted.sort(key=lambda pair: (-pair["counts"], pair["values"] is None, pair["values"] or ""))
    return tuple(pair["values"] for pair in counted)


def _transformed(values: Numbers, variable: Variable) -> Numbers:
    return values / _MICROSECONDS if variable.kind == "time" else np.log1p(values)


def _plain(table: pa.Table, variable: Variable) -> tuple[npt.NDArray[np.int32], Numbers]:
    """State and value of each row; a time is microseconds, and never the state zero."""
    column = table.column(variable.name)
    missing = pc.is_null(column).to_numpy()
    if variable.kind == "time":
        column = column.cast(pa.int64())
    values = pc.fill_null(column, 0).to_numpy().astype(np.float64)
    zero = np.zeros(len(values), bool) if variable.kind == "time" else values == 0
    return np.where(missing, MISSING, np.where(zero, ZERO, VALUE)).astype(np.int32), values


def _scale(table: pa.Table, variable: Variable) -> Scale:
    states, values = _plain(table, variable)
    values = values[states == VALUE]
    if not len(values):
        return Scale(0.0, 1.0, 0.0, 0.0)
    transformed = _transformed(values, variable)
    least, most = float(values.min()), float(values.max())
    # Of equal values it may be 1e-16 rather than 0; of values around 1e-282 it is 0.
    deviation = float(transformed.std()) if least < most else 1.0
    return Scale(float(transformed.mean()), deviation or 1.0, least, most)


def _scaled(
    table: pa.Table, variable: Variable, scale: Scale
) -> tuple[npt.NDArray[np.int32], Numbers]:
    states, values = _plain(table, variable)
    scaled = (_transformed(values, variable) - scale.mean) / scale.deviation
    return states, np.where(states == VALUE, scaled, 0.0)


def _unscaled(states: Codes, numbers: Numbers, variable: Variable, scale: Scale) -> pa.Array:
    values = numbers * scale.deviation + scale.mean
    values = values * _MICROSECONDS if variable.kind == "time" else np.expm1(values)
    values = np.where(states == VALUE, np.clip(values, scale.least, scale.most), 0.0)
    if variable.kind != "amount":
        values = np.rint(values).astype(np.int64)
    return pa.array(values, mask=states == MISSING)


def _decoded_names(codes: Codes, values: tuple[str | None, ...]) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(codes))

"""Rows as judges see them, through no engine's encoding: an encoding's own fault must show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import InputError
from gridlens.generator.workload import Variable, as_workload, tasks_of, variables_of

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
MOST_CODES = 255  # of a category, for the trees of scikit-learn
DIRECTIONS = 32  # dimensions in which all categories' values are laid
_HOUR = 3600 * 10**6


@dataclass(frozen=True)
class Tables:
    """Three workloads with the same columns, ids left out.

    Attributes:
        drawn: what is judged.
        train: what the engine learned from.
        holdout: real rows that it has not seen.
        tasks: of drawn, training and holdout rows; None of a table without tasks.
    """

    drawn: pa.Table
    train: pa.Table
    holdout: pa.Table
    tasks: tuple[Codes | None, ...] = (None, None, None)

    @classmethod
    def alike(cls, drawn: pa.Table, train: pa.Table, holdout: pa.Table) -> Tables:
        """The three, checked and brought to the training rows' columns.

        Raises:
            InputError: one is no workload, has no rows, or lacks a variable of the training rows.
        """
        names = [v.name for v in variables_of(train) if v.kind != "group"]
        given = {"drawn": drawn, "training": train, "holdout": holdout}
        for which, table in given.items():
            if not len(table):
                raise InputError(
                    f"there are no {which} rows to judge by: choose a window with more jobs"
                )
            if absent := [name for name in names if name not in table.column_names]:
                raise InputError(f"the {which} rows lack '{absent[0]}', which the training has")
        drawn, train, holdout = (as_workload(table.select(names)) for table in given.values())
        return cls(drawn, train, holdout, tuple(_tasks(table) for table in given.values()))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Of all three."""
        return variables_of(self.train)


@dataclass(frozen=True)
class Lens:
    """One way to see rows as numbers, the same for all that are compared.

    A time is seen as its time of day: holdout rows and draws may be of other days. Which days and
    hours are busy is judged elsewhere.

    Attributes:
        values: for each category all values of the tables compared, the most frequent first.
        measured: variables that are numbers or times.
        spread: their deviation over the training rows, 1 where all are equal.
    """

    values: Mapping[str, pa.Array]
    measured: tuple[Variable, ...]
    spread: Numbers

    @classmethod
    def over(cls, tables: Tables) -> Lens:
        """Learn all categories, and the spread of the training rows."""
        together = pa.concat_tables([tables.train, tables.holdout, tables.drawn])
        categories = [v.name for v in tables.variables if v.kind == "category"]
        measured = tuple(v for v in tables.variables if v.kind != "category")
        spread = [_spread(seen(tables.train, v)) for v in measured]
        return cls(
            {name: _by_frequency(together.column(name)) for name in categories},
            measured,
            np.array(spread),
        )

    def codes(self, table: pa.Table) -> Codes:
        """Rows x categories: places in ``values``."""
        columns = [pc.index_in(table.column(name), v) for name, v in self.values.items()]
        return np.stack([np.asarray(c.to_numpy(), np.int64) for c in columns], axis=1)

    def numbers(self, table: pa.Table) -> Numbers:
        """Rows x measured: log1p of a number, hour of the day of a time, NaN where missing."""
        return np.stack([seen(table, v) for v in self.measured], axis=1)

    def features(self, table: pa.Table) -> Numbers:
        """What trees learn from: codes, the rarest of them merged, then numbers."""
        codes = np.minimum(self.codes(table), MOST_CODES - 1)
        return np.concatenate([codes.astype(np.float64), self.numbers(table)], axis=1)

    def points(self, table: pa.Table, seed: int) -> npt.NDArray[np.float32]:
        """Rows as points whose distances tell how alike they are.

        A number counts in deviations of the training rows, a time as a point of a circle of
        radius 1. Each value of a category, and each missing number, is a random direction of
        length 1, so that two different ones are about 1.4 apart; equal rows are exactly 0 apart.
        """
        rng = np.random.default_rng(seed)
        named = np.zeros((len(table), DIRECTIONS))
        for codes, values in zip(self.codes(table).T, self.values.values(), strict=True):
            named += _directions(rng, len(values))[codes]
        numbers = self.numbers(table)
        named += np.isnan(numbers) @ _directions(rng, len(self.measured))
        is_time = np.array([v.kind == "time" for v in self.measured])
        hours = np.nan_to_num(numbers[:, is_time]) * (2 * np.pi / 24)
        plain = np.nan_to_num(numbers / self.spread)[:, ~is_time]
        return np.hstack([named, plain, np.cos(hours), np.sin(hours)]).astype(np.float32)


def seen(table: pa.Table, variable: Variable) -> Numbers:
    """A column as numbers: log1p, or the hour of the day with its fraction; NaN where missing."""
    column = table.column(variable.name)
    if variable.kind == "time":
        hours = _floats(column.cast(pa.int64())) / _HOUR
        return np.mod(hours, 24.0)
    return np.log1p(_floats(column))


def thinned(rows: int, most: int, rng: np.random.Generator) -> Codes:
    """Which of so many rows to look at: all, or ``most`` of them drawn at random, in order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(rng.choice(rows, most, replace=False))


def _tasks(table: pa.Table) -> Codes | None:
    return tasks_of(table) if "jeditaskid" in table.column_names else None


def _floats(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)


def _spread(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    # equal numbers may have a deviation of a few 1e-16, by which all distances would be lost
    return float(known.std()) if len(known) and known.min() < known.max() else 1.0


def _by_frequency(column: pa.ChunkedArray) -> pa.Array:
    counted = pc.value_counts(column).to_pylist()
    counted.sort(key=lambda pair: (-pair["counts"], pair["values"] is None, pair["values"] or ""))
    return pa.array([pair["values"] for pair in counted], pa.string())


def _directions(rng: np.random.Generator, count: int) -> Numbers:
    raw = rng.normal(size=(count, DIRECTIONS))
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))

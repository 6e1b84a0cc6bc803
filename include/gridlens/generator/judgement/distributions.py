"""What is drawn as pictures: how drawn and training rows are distributed, and what was split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.generator.judgement.lens import Codes, Numbers, Tables
from gridlens.generator.splits import Split
from gridlens.generator.workload import Variable, variables_of

Row = Mapping[str, Any]
MOST_CATEGORIES = 20
TIME_BINS = 96
OTHERS, ZERO, MISSING = -3, -1, -2  # bins that have no place on an axis
_LOG_EDGES = 10.0 ** (np.arange(4 * 18 + 1) / 4)
_SECOND = 1e6

DISTRIBUTIONS = pa.schema(
    [
        ("variable", pa.string()),
        ("kind", pa.string()),  # time, count, amount or category
        ("bin", pa.int64()),  # from 0; -1: zero, -2: missing, -3: all other categories
        ("category", pa.string()),  # NULL for a number
        ("low", pa.float64()),  # edges of a number's bin; of a time: seconds since 1970
        ("high", pa.float64()),
        ("training_ratio", pa.float64()),
        ("drawn_ratio", pa.float64()),
    ]
)
STATISTICS = pa.schema(
    [
        ("part", pa.string()),  # train, validation or test
        ("variable", pa.string()),
        ("kind", pa.string()),
        ("rows", pa.int64()),
        ("distinct_values", pa.int64()),  # NULL is none
        ("missing_rows", pa.int64()),
    ]
)


def distributions(drawn: pa.Table, train: pa.Table) -> pa.Table:
    """For each variable the shares of training and drawn rows in each bin or category.

    Numbers stand in four bins from one power of ten to the next, from 1 on; times in 96 bins of
    equal length over the training window; what lies beyond counts in the first or last. Of a
    category the 20 most frequent values of the training rows are told, and the others together.

    Returns:
        A table with the columns of ``DISTRIBUTIONS``; both shares of a variable sum to 1.

    Raises:
        InputError: a table is no workload, has no rows, or lacks a variable of the training rows.
    """
    tables = Tables.alike(drawn, train, train)
    rows = [row for variable in tables.variables for row in _of_variable(tables, variable)]
    return pa.Table.from_pylist(rows, DISTRIBUTIONS)


def statistics(parts: Split) -> pa.Table:
    """For each part of a split and each variable: rows, distinct values, missing values.

    Returns:
        A table with the columns of ``STATISTICS``.
    """
    rows = [
        {
            "part": part,
            "variable": variable.name,
            "kind": variable.kind,
            "rows": len(table),
            "distinct_values": pc.count_distinct(table.column(variable.name)).as_py(),
            "missing_rows": table.column(variable.name).null_count,
        }
        for part, table in vars(parts).items()
        for variable in variables_of(table)
    ]
    return pa.Table.from_pylist(rows, STATISTICS)


def _of_variable(tables: Tables, variable: Variable) -> Iterator[Row]:
    drawn, train = (t.column(variable.name) for t in (tables.drawn, tables.train))
    bins = _categories if variable.kind == "category" else _numbers
    for row in bins(drawn, train, variable):
        yield {"variable": variable.name, "kind": variable.kind, **row}


def _categories(drawn: pa.ChunkedArray, train: pa.ChunkedArray, _: Variable) -> Iterator[Row]:
    """Rows of the most frequent values; NULL is a bin of its own."""
    counted = pc.value_counts(train.drop_null()).to_pylist()
    counted.sort(key=lambda pair: (-pair["counts"], pair["values"]))
    told = [pair["values"] for pair in counted[:MOST_CATEGORIES]]
    bins = [_named_bins(column, told) for column in (train, drawn)]
    names = dict(enumerate(told))
    for row in _shares(*bins):
        yield {**row, "category": names.get(row["bin"])}


def _named_bins(column: pa.ChunkedArray, told: list[str]) -> Codes:
    places = pc.fill_null(pc.index_in(column, pa.array(told, pa.string())), OTHERS)
    return np.where(column.is_null().to_numpy(), MISSING, places.to_numpy())


def _numbers(drawn: pa.ChunkedArray, train: pa.ChunkedArray, variable: Variable) -> Iterator[Row]:
    """Rows of the bins between edges that the training rows set."""
    if variable.kind == "time":
        drawn, train = (column.cast(pa.int64()) for column in (drawn, train))
    ours, theirs = (np.asarray(c.cast(pa.float64()).to_numpy()) for c in (drawn, train))
    if variable.kind == "time":
        ours, theirs = ours / _SECOND, theirs / _SECOND
    edges = _time_edges(theirs) if variable.kind == "time" else _LOG_EDGES
    has_zero = variable.kind != "time"
    for row in _shares(*(_bins(values, edges, has_zero) for values in (theirs, ours))):
        n = row["bin"]
        yield row if n < 0 else {**row, "low": edges[n], "high": edges[n + 1]}


def _bins(values: Numbers, edges: Numbers, has_zero: bool) -> Codes:
    """The bin of each value; what is beyond the edges counts in the first or the last."""
    place = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    place = np.where((values == 0) & has_zero, ZERO, place)
    return np.where(np.isnan(values), MISSING, place)


def _time_edges(seconds: Numbers) -> Numbers:
    known = seconds[~np.isnan(seconds)]
    first, last = (known.min(), known.max() + 1) if len(known) else (0.0, 1.0)
    return np.linspace(first, last, TIME_BINS + 1)


def _shares(train: Codes, drawn: Codes) -> Iterator[dict[str, Any]]:
    """Bins that either side has, in their order, with the share of both."""
    for n in np.unique(np.concatenate([train, drawn])):
        yield {
            "bin": int(n),
            "training_ratio": float(np.mean(train == n)),
            "drawn_ratio": float(np.mean(drawn == n)),
        }

"""Rows that cannot be: rules that no training row breaks, and tuples that no real row has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.generator.judgement.lens import Tables
from gridlens.generator.judgement.score import Score, score

Flags = npt.NDArray[np.bool_]
TUPLE = ("project", "prodstep", "datatype")
FEWEST_ROWS = 100  # that a rule about some rows only must have been seen to hold for
_DAY = 86400 * 10**6


def logic(tables: Tables) -> Iterator[Score]:
    """Share of drawn rows that break each rule, any rule, and that have a tuple of their own.

    Rules are declared here; those that a training row breaks are no rules of this grid.
    """
    of_train = breaches(tables.train, tables)
    broken = {
        name: flags
        for name, flags in breaches(tables.drawn, tables).items()
        if not of_train[name].any()
    }
    for name, flags in broken.items():
        yield score("broken_rules", flags.mean(), name)
    none = np.zeros(len(tables.drawn), bool)
    yield score("broken_rules", np.logical_or.reduce([none, *broken.values()]).mean())
    yield score("unseen_tuples", unseen_tuples(tables.drawn, tables.train))


def breaches(table: pa.Table, tables: Tables) -> Mapping[str, Flags]:
    """For each declared rule, by its name, which rows of a table break it."""
    found = {
        "files are zero where bytes are zero": _is_zero(table, "ninputdatafiles")
        != _is_zero(table, "inputfilebytes"),
        "made on a day of the real rows": _outside(table, tables),
    }
    for variable in tables.variables:
        name = variable.name
        found[f"{name} is known"] = table.column(name).is_null().to_numpy()
        if variable.kind in ("count", "amount"):
            found[f"{name} is above zero"] = _is_zero(table, name)
    worked = _flags(pc.greater(table.column("workload_gflop"), 0))
    for status in idle_statuses(tables.train):
        is_idle = _flags(pc.equal(table.column("jobstatus"), status))
        found[f"{status} jobs have no workload"] = is_idle & worked
    return found


def idle_statuses(train: pa.Table) -> list[str]:
    """States with at least 100 training rows, none of which has a workload."""
    worked = pc.fill_null(pc.greater(train.column("workload_gflop"), 0), False)
    by_status = pa.table({"status": train.column("jobstatus"), "worked": worked})
    counted = by_status.group_by("status").aggregate([("worked", "any"), ([], "count_all")])
    return sorted(
        row["status"]
        for row in counted.to_pylist()
        if row["status"] and not row["worked_any"] and row["count_all"] >= FEWEST_ROWS
    )


def unseen_tuples(drawn: pa.Table, train: pa.Table) -> float:
    """Share of drawn rows whose project, step and data type no training row has together."""
    ours, known = (table.select(TUPLE).group_by(TUPLE) for table in (drawn, train))
    seen = {tuple(row.values()) for row in known.aggregate([]).to_pylist()}
    counted = ours.aggregate([([], "count_all")]).to_pylist()
    strange = sum(r["count_all"] for r in counted if tuple(r[n] for n in TUPLE) not in seen)
    return float(strange / len(drawn))


def _is_zero(table: pa.Table, name: str) -> Flags:
    return _flags(pc.equal(table.column(name), 0))


def _flags(found: pa.ChunkedArray) -> Flags:
    """NULL is no yes."""
    return np.asarray(pc.fill_null(found, False).to_numpy(), bool)


def _outside(table: pa.Table, tables: Tables) -> Flags:
    """Rows made before the first or after the last UTC day of training and holdout rows."""
    days = [_days(t) for t in (tables.train, tables.holdout)]
    known = np.concatenate([d[~np.isnan(d)] for d in days])
    if not len(known):
        return np.zeros(len(table), bool)
    ours = _days(table)
    return np.asarray((ours < known.min()) | (ours > known.max()))


def _days(table: pa.Table) -> npt.NDArray[np.float64]:
    times = table.column("creationtime").cast(pa.int64()).cast(pa.float64(), safe=False)
    return np.asarray(np.floor(times.to_numpy() / _DAY))

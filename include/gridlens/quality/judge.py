"""Row rules: flags on the rows that stay, problems for those that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.quality.engine import engine
from gridlens.quality.rules import Contract, RowRule
from gridlens.tables import QUALITY_FLAGS, Batch, Problem

_LIST = pa.list_(pa.string())


Judge: TypeAlias = Callable[[Batch, Contract], Batch]


@contextmanager
def judging() -> Iterator[Judge]:
    """Holds rows against row rules, in one engine for all the batches of a reading.

    The judge takes a batch, with all slice columns and ``slice_day``, and the contract of its
    table. It gives the batch back with ``quality_flags`` filled, sorted by name, and with the
    rows that trip a quarantine rule among its problems; a row that has a problem keeps it.
    """
    with engine() as con:
        yield partial(_judged, con)


def _judged(con: duckdb.DuckDBPyConnection, batch: Batch, contract: Contract) -> Batch:
    con.register("batch_rows", batch.rows)
    verdict = con.execute(_select(contract)).to_arrow_table()
    con.unregister("batch_rows")
    at = batch.rows.column_names.index(QUALITY_FLAGS.name)
    flags = _flags(contract, verdict["marks"])
    rows = batch.rows.set_column(at, QUALITY_FLAGS.name, flags)
    return batch.judged(rows, _problems(batch, contract, verdict["tripped"]))


def _select(contract: Contract) -> str:
    """One SELECT: a bit for each flag, and the number of the first quarantine rule tripped."""
    marks = [f"(case when {r.when} then {1 << n} else 0 end)" for n, r in _bits(contract)]
    whens = [f"when {r.when} then {n}" for n, r in enumerate(contract.quarantining())]
    tripped = f"case {' '.join(whens)} end" if whens else "null"
    return (
        f"select ({' + '.join(marks) or '0'})::bigint as marks, ({tripped})::bigint as tripped "
        "from batch_rows"
    )


def _flags(contract: Contract, marks: pa.ChunkedArray) -> pa.ChunkedArray:
    """The lists of names; few sets of flags occur, so each list is made once."""
    sets = pc.unique(marks)
    names = [[r.name for n, r in _bits(contract) if mark >> n & 1] for mark in sets.to_pylist()]
    return pa.chunked_array(
        [pa.array(names, _LIST).take(pc.index_in(marks, sets).combine_chunks())]
    )


def _bits(contract: Contract) -> Iterable[tuple[int, RowRule]]:
    return enumerate(contract.flagging())


def _problems(batch: Batch, contract: Contract, tripped: pa.ChunkedArray) -> list[Problem]:
    if tripped.null_count == len(tripped):
        return []
    rules, known = contract.quarantining(), {problem.row for problem in batch.problems}
    return [
        Problem(row, rules[n].field, rules[n].reason)
        for row, n in enumerate(tripped.to_pylist())
        if n is not None and row not in known
    ]

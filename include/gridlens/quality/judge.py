"""Row rules: flags on the rows that stay, problems for those that do not."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.quality.engine import engine
from gridlens.quality.rules import Contract, RowRule
from gridlens.tables import QUALITY_FLAGS, Batch, Problem

_LIST = pa.list_(pa.string())


def judge(batch: Batch, contract: Contract) -> Batch:
    """Hold every row against the row rules.

    Args:
        batch: rows with all slice columns and ``slice_day``; rows that have a problem keep it.
        contract: the contract of the batch's table.

    Returns:
        The batch with ``quality_flags`` filled, sorted by name, and the rows that trip a
        quarantine rule among its problems.
    """
    with engine() as con:
        con.register("batch_rows", batch.rows)
        verdict = con.execute(_select(contract)).to_arrow_table()
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

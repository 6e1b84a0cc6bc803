"""Row rules: flags on the rows that stay, problems for those that do not."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from gridlens.quality.rules import Contract
from gridlens.tables import QUALITY_FLAGS, Batch, Problem
from gridlens.tables.identifiers import literal


def judge(batch: Batch, contract: Contract) -> Batch:
    """Hold every row against the row rules.

    Args:
        batch: rows with all slice columns and ``slice_day``; rows that have a problem keep it.
        contract: the contract of the batch's table.

    Returns:
        The batch with ``quality_flags`` filled, sorted by name, and the rows that trip a
        quarantine rule among its problems.
    """
    with duckdb.connect() as con:
        con.register("batch_rows", batch.rows)
        verdict = con.execute(_select(contract)).to_arrow_table()
    at = batch.rows.column_names.index(QUALITY_FLAGS.name)
    rows = batch.rows.set_column(at, QUALITY_FLAGS.name, verdict["flags"])
    return batch.judged(rows, _problems(batch, contract, verdict["tripped"]))


def _select(contract: Contract) -> str:
    """One SELECT: the names of the flags, and the number of the first quarantine rule tripped."""
    flagging, quarantining = contract.flagging(), contract.quarantining()
    none = "[]::varchar[]"
    flags = none
    if flagging:
        names = ", ".join(f"case when {r.when} then {literal(r.name)} end" for r in flagging)
        any_of = " or ".join(f"({r.when})" for r in flagging)
        # Most rows trip nothing: only the others pay for their list.
        flags = (
            f"case when {any_of} then list_filter([{names}], f -> f is not null) else {none} end"
        )
    whens = " ".join(f"when {r.when} then {n}" for n, r in enumerate(quarantining))
    tripped = f"case {whens} end" if whens else "null"
    return f"select {flags} as flags, ({tripped})::integer as tripped from batch_rows"


def _problems(batch: Batch, contract: Contract, tripped: pa.ChunkedArray) -> list[Problem]:
    if tripped.null_count == len(tripped):
        return []
    rules, known = contract.quarantining(), {problem.row for problem in batch.problems}
    return [
        Problem(row, rules[n].field, rules[n].reason)
        for row, n in enumerate(tripped.to_pylist())
        if n is not None and row not in known
    ]

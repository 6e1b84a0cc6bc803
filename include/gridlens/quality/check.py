"""Holding a slice, as it rests on disk, against its contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import duckdb

from gridlens.quality.engine import engine
from gridlens.quality.result import CheckResult
from gridlens.quality.rules import Contract, RowRule, TableRule
from gridlens.quality.validation import COUNTS, expectation
from gridlens.tables import QUALITY_FLAGS, Table
from gridlens.tables.identifiers import literal, quoted
from gridlens.window import Day

# So many rows are shown of those that a broken rule is about.
_SHOWN = 5


class Counts(Protocol):
    """What a check needs to know of a slice; its manifest has it all."""

    @property
    def table(self) -> str:
        """Name of its table."""

    @property
    def day(self) -> Day:
        """Its day."""

    @property
    def fetched(self) -> int:
        """Documents of the day."""

    @property
    def accepted(self) -> int:
        """Rows of the slice."""

    @property
    def duplicates(self) -> int:
        """Rows left out for a newer one."""

    @property
    def quarantined(self) -> int:
        """Documents kept aside."""

    @property
    def gone(self) -> int:
        """Keys that an earlier extraction had."""

    @property
    def quarantine_file(self) -> str | None:
        """File of the documents kept aside, if any."""


def check(counts: Counts, slice_path: Path | None, contract: Contract) -> list[CheckResult]:
    """Hold a slice against all rules of its contract; one result a rule.

    Args:
        counts: the slice's manifest.
        slice_path: the slice's Parquet file, its quarantine beside it; None: the day is empty.
        contract: the contract of the slice's table.
    """
    with engine() as con:
        open_slice(con, counts, slice_path, contract.table)
        flags = _counted(
            con,
            "select name, count(*) from "
            f"(select unnest({QUALITY_FLAGS.name}) as name from slice_rows) group by name",
        )
        reasons = _counted(con, "select reason, count(*) from quarantined_rows group by 1")
        tripped = {
            **{rule.name: flags.get(rule.name, 0) for rule in contract.flagging()},
            **{rule.name: reasons.get(rule.reason, 0) for rule in contract.quarantining()},
        }
        con.execute(f"create temp table numbers as {_numbers(counts, flags)}")
        kept = _kept(con, contract)
        return [
            *(_of_row_rule(counts, rule, tripped[rule.name]) for rule in contract.row_rules),
            *(
                _of_table_rule(con, counts, contract, rule, kept=kept[rule.name])
                for rule in contract.table_rules
            ),
        ]


def _of_row_rule(counts: Counts, rule: RowRule, rows: int) -> CheckResult:
    of_rows, done = (
        (counts.accepted, "flagged") if rule.then == "flag" else (counts.fetched, "quarantined")
    )
    return CheckResult(
        table=counts.table,
        day=counts.day,
        rule=rule.name,
        kind="row",
        level=rule.then,
        status="pass",
        rows=rows,
        of_rows=of_rows,
        message=f"{rows} of {of_rows} rows {done}: {rule.because}",
    )


def _of_table_rule(
    con: duckdb.DuckDBPyConnection,
    counts: Counts,
    contract: Contract,
    rule: TableRule,
    *,
    kept: bool,
) -> CheckResult:
    rows, message = 0, "kept"
    if not kept:
        rows, shown = _concerned(con, contract, rule)
        message = f"not kept: {rule.expect} ({_spoken(con)}); {rule.because}{shown}"
    return CheckResult(
        table=counts.table,
        day=counts.day,
        rule=rule.name,
        kind="table",
        level=rule.level,
        status="pass" if kept else rule.level,
        rows=rows,
        of_rows=counts.fetched if rule.show_quarantine else counts.accepted,
        message=message,
    )


def open_slice(
    con: duckdb.DuckDBPyConnection, counts: Counts, path: Path | None, table: Table
) -> None:
    """Make ``slice_rows`` and ``quarantined_rows``; the day is no column of the files."""
    day = f"date {literal(str(counts.day))} as slice_day"
    nothing = f"(select {table.typed_nulls} where false)"
    rows = f"read_parquet({literal(str(path))})" if path else nothing
    con.execute(f"create temp view slice_rows as select *, {day} from {rows}")
    aside = "(select '' as row_key, '' as field, '' as reason where false)"
    if path and counts.quarantine_file:
        beside = path.with_name(Path(counts.quarantine_file).name)
        aside = f"read_parquet({literal(str(beside))})"
    con.execute(f"create temp view quarantined_rows as select row_key, field, reason from {aside}")


def counts_sql(counts: Counts) -> str:
    """The numbers of a slice's manifest as one row."""
    return "select " + ", ".join(f"{getattr(counts, n)}::bigint as {n}" for n in COUNTS)


def _numbers(counts: Counts, flags: Mapping[str, int]) -> str:
    names = ", ".join(literal(name) for name in flags)
    tripped = ", ".join(str(n) for n in flags.values())
    return f"{counts_sql(counts)}, map([{names}]::varchar[], [{tripped}]::bigint[]) as flags"


def _kept(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, bool]:
    """Whether each table rule is kept; those over rows share one pass over the file."""
    kept: dict[str, bool] = {}
    for over, relation in (("counts", "numbers"), ("rows", "slice_rows")):
        rules = [rule for rule in contract.table_rules if rule.over == over]
        if rules:
            expected = ", ".join(f"coalesce({expectation(rule)}, false)" for rule in rules)
            row = con.execute(f"select {expected} from {relation}").fetchone() or ()
            kept.update(zip((rule.name for rule in rules), row, strict=True))
    return kept


def _concerned(
    con: duckdb.DuckDBPyConnection, contract: Contract, rule: TableRule
) -> tuple[int, str]:
    """How many rows a broken rule is about, and the first of them in words."""
    key, relation, where = ", ".join(map(quoted, contract.table.key)), "slice_rows", rule.rows
    if rule.show_quarantine:
        key, relation, where = "row_key, field, reason", "quarantined_rows", "true"
    if not where:
        return 0, ""
    found = con.sql(f"select {key} from {relation} where {where} order by all limit {_SHOWN}")
    first = "; ".join(
        ", ".join(f"{name} {value}" for name, value in zip(found.columns, row, strict=True))
        for row in found.fetchall()
    )
    (rows,) = con.execute(f"select count(*) from {relation} where {where}").fetchone() or (0,)
    return int(rows), f"; first rows: {first}" if first else ""


def _counted(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in con.execute(sql).fetchall()}


def _spoken(con: duckdb.DuckDBPyConnection) -> str:
    numbers = con.sql(f"select {', '.join(COUNTS)} from numbers")
    pairs = zip(numbers.columns, numbers.fetchall()[0], strict=True)
    return ", ".join(f"{name} {value}" for name, value in pairs)

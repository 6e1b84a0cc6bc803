"""Is a contract one that can be kept: names, levels, and SQL that binds to the table's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args

import duckdb

from gridlens.errors import SettingsError
from gridlens.quality.engine import engine
from gridlens.quality.rules import Contract, Measure, Over, RowRule, TableRule
from gridlens.tables import TABLES, Table

# What an expectation over counts may name, beside flag('…').
COUNTS = ("fetched", "accepted", "duplicates", "quarantined", "gone")

_FLAG = re.compile(r"\bflag\('([^']*)'\)")

_ALLOWED = {
    "then": ("flag", "quarantine"),
    "level": ("fail", "warn"),
    "over": ("counts", "rows"),
}
_MEASURED_OVER = get_args(Over)


def validate(contract: Contract) -> None:
    """Refuse a contract that could not be kept.

    Raises:
        SettingsError: the first thing that is wrong.
    """
    rules: tuple[RowRule | TableRule, ...] = (*contract.row_rules, *contract.table_rules)
    _refuse_repeated(rule.name for rule in (*rules, *contract.measures))
    for rule in rules:
        _refuse_odd_name(rule.name)
        _refuse_odd_values(rule)
    with engine() as con:
        columns = f"{contract.table.typed_nulls}, cast(null as date) as slice_day"
        con.execute(f"create temp table a_row as select {columns}")
        numbers = ", ".join(f"0::bigint as {name}" for name in COUNTS)
        con.execute(f"create temp table numbers as select {numbers}, map(['a'], [0]) as flags")
        for row_rule in contract.row_rules:
            _check_row_rule(con, contract.table, row_rule)
        flags = {rule.name for rule in contract.flagging()}
        for table_rule in contract.table_rules:
            _check_table_rule(con, table_rule, flags)
        con.execute("create temp view earlier as from numbers")
        for measure in contract.measures:
            _refuse_odd_name(measure.name)
            _check_measure(con, contract.table, measure)


def expectation(rule: TableRule) -> str:
    """The rule's expectation, where ``flag('name')`` is the number of rows with that flag."""
    return _FLAG.sub(r"coalesce(flags['\1'], 0)", rule.expect)


def _check_row_rule(con: duckdb.DuckDBPyConnection, table: Table, rule: RowRule) -> None:
    _refuse_unbound(con, rule.name, rule.when, "a_row")
    columns = {column.name for column in table.columns}
    if rule.then == "quarantine" and rule.field not in columns:
        raise SettingsError(f"rule '{rule.name}': field must be a column, not '{rule.field}'")


def _check_table_rule(con: duckdb.DuckDBPyConnection, rule: TableRule, flags: set[str]) -> None:
    relation = "a_row" if rule.over == "rows" else "numbers"
    _refuse_unbound(con, rule.name, expectation(rule), relation)
    if rule.rows:
        _refuse_unbound(con, rule.name, rule.rows, "a_row")
    unknown = set(_FLAG.findall(rule.expect)) - flags
    if unknown:
        raise SettingsError(f"rule '{rule.name}': no row rule sets {', '.join(sorted(unknown))}")


def _refuse_repeated(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SettingsError(f"two rules are named '{name}'")
        seen.add(name)


def _refuse_odd_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingsError(f"rule '{name}': a name is lower-case letters, digits and '_'")


def _refuse_odd_values(rule: RowRule | TableRule) -> None:
    if not rule.because.strip():
        raise SettingsError(f"rule '{rule.name}': because is empty; say why the rule is there")
    for key, allowed in _ALLOWED.items():
        value = getattr(rule, key, allowed[0])
        if value not in allowed:
            raise SettingsError(
                f"rule '{rule.name}': {key} is '{value}', not {' or '.join(allowed)}"
            )


def _check_measure(con: duckdb.DuckDBPyConnection, table: Table, measure: Measure) -> None:
    refuse_odd_bounds(measure)
    if measure.over not in _MEASURED_OVER or (measure.over == "nulls") == bool(measure.value):
        raise SettingsError(
            f"measure '{measure.name}': over is one of {', '.join(_MEASURED_OVER)}, and all but "
            "nulls have a value"
        )
    for name, days in measure.reads.items():
        if name not in TABLES or not isinstance(days, int) or days < 0:
            raise SettingsError(f"measure '{measure.name}': reads no table '{name}' of {days} days")
        con.execute(f"create or replace temp view {name} as select {TABLES[name].typed_nulls}")
    if measure.over == "shares":
        _refuse_personal(table, measure)
        _kind(con, measure.name, measure.value, "a_row")
    elif measure.value:
        relation = "numbers" if measure.over in ("counts", "earlier") else "a_row"
        _kind(con, measure.name, f"cast({measure.value} as double)", relation)


def refuse_odd_bounds(measure: Measure) -> None:
    """Refuse bounds that no value can keep, or that nobody gives a reason for.

    Raises:
        SettingsError: a low bound lies above a high one, or ``because`` is empty.
    """
    for name in ("warn", "fail"):
        bounds = getattr(measure, name)
        if bounds.low is not None and bounds.high is not None and bounds.low > bounds.high:
            raise SettingsError(f"measure '{measure.name}': {name}: low lies above high")
    if (measure.warn or measure.fail) and not measure.because.strip():
        raise SettingsError(f"measure '{measure.name}': because is empty; say why these bounds")
    if not measure.meaning.strip():
        raise SettingsError(f"measure '{measure.name}': meaning is empty; say what it tells")


def _refuse_personal(table: Table, measure: Measure) -> None:
    """The values that are counted are kept and shown."""
    personal = {c.name for c in table.columns if c.personal != "no"}
    if named := personal & {*re.findall(r"\w+", measure.value)}:
        raise SettingsError(f"measure '{measure.name}': {min(named)} can name a person")


def _refuse_unbound(con: duckdb.DuckDBPyConnection, name: str, sql: str, relation: str) -> None:
    """The SQL must bind, and be true or false."""
    if (kind := _kind(con, name, sql, relation)) != "BOOLEAN":
        raise SettingsError(f"rule '{name}': {sql}: gives {kind}, not true or false")


def _kind(con: duckdb.DuckDBPyConnection, name: str, sql: str, relation: str) -> str:
    """The type of what the SQL gives."""
    try:
        return str(con.sql(f"select ({sql}) from {relation}").types[0])
    except duckdb.Error as error:
        raise SettingsError(f"rule '{name}': {sql}: {str(error).splitlines()[0]}") from None

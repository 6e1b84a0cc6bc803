"""Is a contract one that can be kept: names, levels, and SQL that binds to the table's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb

from gridlens.errors import SettingsError
from gridlens.quality.engine import engine
from gridlens.quality.rules import Contract, RowRule, TableRule
from gridlens.tables import Table

# What an expectation over counts may name, beside flag('…').
COUNTS = ("fetched", "accepted", "duplicates", "quarantined", "gone")

_FLAG = re.compile(r"\bflag\('([^']*)'\)")

_ALLOWED = {
    "then": ("flag", "quarantine"),
    "level": ("fail", "warn"),
    "over": ("counts", "rows"),
}


def validate(contract: Contract) -> None:
    """Refuse a contract that could not be kept.

    Raises:
        SettingsError: the first thing that is wrong.
    """
    rules: tuple[RowRule | TableRule, ...] = (*contract.row_rules, *contract.table_rules)
    _refuse_repeated(rule.name for rule in rules)
    for rule in rules:
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


def _refuse_odd_values(rule: RowRule | TableRule) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", rule.name):
        raise SettingsError(f"rule '{rule.name}': a name is lower-case letters, digits and '_'")
    if not rule.because.strip():
        raise SettingsError(f"rule '{rule.name}': because is empty; say why the rule is there")
    for key, allowed in _ALLOWED.items():
        value = getattr(rule, key, allowed[0])
        if value not in allowed:
            raise SettingsError(
                f"rule '{rule.name}': {key} is '{value}', not {' or '.join(allowed)}"
            )


def _refuse_unbound(con: duckdb.DuckDBPyConnection, name: str, sql: str, relation: str) -> None:
    """The SQL must bind, and be true or false."""
    try:
        kind = con.sql(f"select ({sql}) from {relation}").types[0]
    except duckdb.Error as error:
        raise SettingsError(f"rule '{name}': {sql}: {str(error).splitlines()[0]}") from None
    if str(kind) != "BOOLEAN":
        raise SettingsError(f"rule '{name}': {sql}: gives {kind}, not true or false")

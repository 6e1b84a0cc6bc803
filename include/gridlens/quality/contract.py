"""Reading a table's contract from ``contracts/<table>.toml``, and what all tables share."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any, TypeVar

from gridlens.errors import SettingsError
from gridlens.quality.rules import Bounds, Contract, Measure, RowRule, TableRule
from gridlens.quality.validation import validate
from gridlens.tables import TABLES, Table
from gridlens.tables.identifiers import quoted

_Rule = TypeVar("_Rule", RowRule, TableRule, Measure)

_FOLDER = files("gridlens.quality") / "contracts"


@cache
def contract(table_name: str) -> Contract:
    """The contract of that table.

    Raises:
        SettingsError: there is none, or it is wrong.
    """
    path = _FOLDER / f"{table_name}.toml"
    if not path.is_file():
        raise SettingsError(f"table '{table_name}' has no contract: write {path}")
    shared = (_FOLDER / "shared" / "every_table.toml").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    return parse_contract(f"{text}\n{shared}", f"contracts/{table_name}.toml")


def parse_contract(text: str, where: str) -> Contract:
    """Read a contract; ``where`` names it in messages.

    Raises:
        SettingsError: a key, a column, a level or a name is wrong.
    """
    try:
        found = tomllib.loads(text)
        if wrong := found.keys() - {"table", "row", "slice", "measure"}:
            raise SettingsError(f"unknown keys: {', '.join(sorted(wrong))}")
        if found.get("table") not in TABLES:
            raise SettingsError(f"unknown table '{found.get('table')}'")
        table = TABLES[found["table"]]
        rules = Contract(
            table,
            tuple(_rule(RowRule, values) for values in found.get("row", [])),
            tuple(_rule(TableRule, values) for values in found.get("slice", [])),
            tuple(m for values in found.get("measure", []) for m in _measures(table, values)),
        )
        validate(rules)
    except (SettingsError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{where}: {error}") from None
    return rules


def _rule(kind: type[_Rule], values: Mapping[str, Any]) -> _Rule:
    name = values.get("name", "(no name)")
    known = {f.name: f for f in fields(kind)}
    needed = {n for n, f in known.items() if f.default is f.default_factory is MISSING}
    wrong = (values.keys() - known.keys()) | (needed - values.keys())
    if wrong:
        raise SettingsError(f"rule '{name}': missing or unknown keys: {', '.join(sorted(wrong))}")
    return kind(**values)


def _measures(table: Table, values: Mapping[str, Any]) -> Iterator[Measure]:
    """The measure; or one for each of its ``columns``, which ``{column}`` stands for."""
    key = f"hash({', '.join(map(quoted, table.key))})"
    called = str(values.get("name", "(no name)"))
    bounds = {n: bounds_of(called, n, values[n]) for n in ("warn", "fail") if n in values}
    plain = {name: v for name, v in values.items() if name != "columns"} | bounds
    for column in values.get("columns", [""]):
        named = {"column": column, "key": key}
        filled = {n: _filled(v, named) if n in _FILLED else v for n, v in plain.items()}
        yield _rule(Measure, filled)


# What may hold ``{column}`` and ``{key}``.
_FILLED = ("name", "meaning", "value")


def _filled(text: str, named: Mapping[str, str]) -> str:
    for name, value in named.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def bounds_of(measure: str, name: str, given: object) -> Bounds:
    """Read the bounds ``name`` of a measure, such as ``{ low = 0.5, high = 2 }``.

    Raises:
        SettingsError: they are no such thing.
    """
    where = f"measure '{measure}': {name}"
    if not isinstance(given, Mapping) or given.keys() - {"low", "high"}:
        raise SettingsError(f"{where} must read {{ low = 0.5, high = 2 }}, not {given}")
    for value in given.values():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise SettingsError(f"{where} has '{value}', which is no number")
    return Bounds(**{key: float(value) for key, value in given.items()})

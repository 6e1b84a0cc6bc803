"""Reading a table's contract from ``contracts/<table>.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from gridlens.errors import SettingsError
from gridlens.quality.rules import Contract, RowRule, TableRule
from gridlens.quality.validation import validate
from gridlens.tables import TABLES

_Rule = TypeVar("_Rule", RowRule, TableRule)


@cache
def contract(table_name: str) -> Contract:
    """The contract of that table.

    Raises:
        SettingsError: there is none, or it is wrong.
    """
    path = files("gridlens.quality") / "contracts" / f"{table_name}.toml"
    if not path.is_file():
        raise SettingsError(f"table '{table_name}' has no contract: write {path}")
    return parse_contract(path.read_text(encoding="utf-8"), f"contracts/{table_name}.toml")


def parse_contract(text: str, where: str) -> Contract:
    """Read a contract; ``where`` names it in messages.

    Raises:
        SettingsError: a key, a column, a level or a name is wrong.
    """
    try:
        found = tomllib.loads(text)
        if wrong := found.keys() - {"table", "row", "slice"}:
            raise SettingsError(f"unknown keys: {', '.join(sorted(wrong))}")
        if found.get("table") not in TABLES:
            raise SettingsError(f"unknown table '{found.get('table')}'")
        rules = Contract(
            TABLES[found["table"]],
            tuple(_rule(RowRule, values) for values in found.get("row", [])),
            tuple(_rule(TableRule, values) for values in found.get("slice", [])),
        )
        validate(rules)
    except (SettingsError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{where}: {error}") from None
    return rules


def _rule(kind: type[_Rule], values: Mapping[str, Any]) -> _Rule:
    name = values.get("name", "(no name)")
    known = {f.name: f for f in fields(kind)}
    needed = {n for n, f in known.items() if f.default is MISSING}
    wrong = (values.keys() - known.keys()) | (needed - values.keys())
    if wrong:
        raise SettingsError(f"rule '{name}': missing or unknown keys: {', '.join(sorted(wrong))}")
    return kind(**values)

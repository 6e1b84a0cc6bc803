"""An operator's own bounds: a file that changes thresholds of the contracts, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gridlens.errors import SettingsError
from gridlens.quality.contract import bounds_of, contract
from gridlens.quality.rules import Contract, Measure
from gridlens.quality.validation import refuse_odd_bounds
from gridlens.tables import TABLES

_KEYS = ("warn", "fail", "because")


def contracts(thresholds: Path) -> dict[str, Contract]:
    """The contract of every table, with the bounds of that file where it gives some.

    The file has a table ``[<table>.<measure>]`` for each measure that it changes, with ``warn``,
    ``fail`` or both, such as ``{ low = 0.3, high = 3 }``, or ``{}`` for none; and ``because``.

    Raises:
        SettingsError: the file names something that the contracts do not have.
    """
    shipped = {name: contract(name) for name in TABLES}
    if not thresholds.is_file():
        return shipped
    try:
        given = tomllib.loads(thresholds.read_text(encoding="utf-8"))
        for name in given:
            _refuse_unknown(name, shipped, "table")
        return {name: _changed(rules, given.get(name, {})) for name, rules in shipped.items()}
    except (SettingsError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{thresholds}: {error}") from None


def _changed(rules: Contract, given: Mapping[str, Any]) -> Contract:
    known = {measure.name: measure for measure in rules.measures}
    if not isinstance(given, Mapping):
        raise SettingsError(f"[{rules.table.name}.<measure>] must be a table, not {given}")
    for name in given:
        _refuse_unknown(name, known, f"measure of {rules.table.name}")
    return replace(
        rules,
        measures=tuple(
            _bounded(m, given[m.name]) if m.name in given else m for m in known.values()
        ),
    )


def _bounded(measure: Measure, given: Mapping[str, Any]) -> Measure:
    if not isinstance(given, Mapping):
        raise SettingsError(f"'{measure.name}' must be a table, not {given}")
    for name in given:
        _refuse_unknown(name, _KEYS, f"key of measure {measure.name}")
    if not given.get("because"):
        raise SettingsError(f"measure '{measure.name}': because is missing; say why these bounds")
    bounds = {k: bounds_of(measure.name, k, given[k]) for k in ("warn", "fail") if k in given}
    changed = replace(
        measure,
        because=str(given["because"]),
        warn=bounds.get("warn", measure.warn),
        fail=bounds.get("fail", measure.fail),
    )
    refuse_odd_bounds(changed)
    return changed


def _refuse_unknown(name: str, known: Any, what: str) -> None:
    if name not in known:
        close = get_close_matches(name, list(known), 1) or sorted(known)
        raise SettingsError(f"'{name}' is no {what}: did you mean {' or '.join(close)}?")

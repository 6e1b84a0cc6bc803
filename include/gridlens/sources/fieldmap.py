"""Field maps: under which names a real shape has the columns of a canonical table."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from gridlens.errors import FieldMapError, SettingsError
from gridlens.sources.names import plain
from gridlens.tables import TABLES, Table

_NEEDED = frozenset({"name", "describes", "tables"})
_KEYS = _NEEDED | {"columns", "cases", "cases_of", "key", "only", "outcome", "ignores", "index"}
_OUTCOMES = ("done", "failed", "pending")


@dataclass(frozen=True)
class Case:
    """A value for rows whose record has none of the column's own fields.

    Attributes:
        column: canonical column that it fills.
        when: canonical column → pattern (``*`` for any text), all of which must hold.
        value: the value, or
        source: the field that has it, in plain form.
    """

    column: str
    when: Mapping[str, str]
    value: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a record says whether it came to a good end, a bad one, or none yet."""

    column: str
    patterns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Only:
    """Documents that are of these kinds; those of another kind are not of the map's tables."""

    column: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class FieldMap:
    """One real shape.

    Attributes:
        name: its name in ``sources.toml``.
        describes: where documents of this shape come from.
        tables: canonical tables that it makes; two only with an outcome.
        names: column → source names in plain form, first given wins. A column that is not
            listed is read from a field of its own name; one that is listed never is, unless its
            list says so, for in some shape that name means something else.
        cases: values derived from other columns, first that holds wins.
        hash_of: columns, or source fields, whose MD5 is the key of a record that has none; the
            first of them must be given.
        only: the kinds of documents that it takes, where others stand among them.
        outcome: for records of things that may have failed.
        ignores: source names that are known and have no column.
        index: how an index of such documents tells their day (see ``opensearch.cut.Cut``).
        version: start of the SHA-256 of its text.
    """

    name: str
    describes: str
    tables: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    cases: tuple[Case, ...]
    hash_of: tuple[str, ...]
    only: Only | None
    outcome: Outcome | None
    ignores: frozenset[str]
    index: Mapping[str, Any]
    version: str

    @property
    def table(self) -> Table:
        """The table whose columns the rows have."""
        return TABLES[self.tables[0]]

    @property
    def fields(self) -> frozenset[str]:
        """All source names that some column takes, in plain form."""
        listed = {n for names in self.names.values() for n in names}
        own = {plain(c.name) for c in self.table.columns if c.name not in self.names}
        hashed = {plain(n) for n in self.hash_of if not self._is_column(n)}
        return frozenset(listed | own | hashed | {c.source for c in self.cases if c.source})

    @property
    def wanted(self) -> frozenset[str]:
        """The fields, and the texts as received that a canonical export has."""
        raw = {plain(f"{c.name}_raw") for c in self.table.columns if c.keeps_raw}
        return self.fields | raw

    @cached_property
    def taken_as(self) -> Mapping[str, frozenset[str]]:
        """Source name → types of the columns that take it; what is read as text is VARCHAR."""
        read_as_text = {c.source for c in self.cases if c.source}
        read_as_text |= {plain(n) for n in self.hash_of if not self._is_column(n)}
        compared = {c for case in self.cases for c in case.when}
        compared |= {part.column for part in (self.only, self.outcome) if part}
        taken = [(name, "VARCHAR") for name in read_as_text]
        for column in self.table.columns:
            kind = "VARCHAR" if column.name in compared or column.keeps_raw else column.type
            taken += [(name, kind) for name in self.names_of(column.name)]
        return {n: frozenset(kind for name, kind in taken if name == n) for n, _ in taken}

    def names_of(self, column: str) -> tuple[str, ...]:
        """Names under which documents have the column, in plain form."""
        return self.names.get(column, (plain(column),))

    def _is_column(self, name: str) -> bool:
        return any(c.name == name for c in self.table.columns)

    @property
    def personal(self) -> frozenset[str]:
        """Source names of hashed columns, in plain form."""
        hashed = [c.name for c in self.table.columns if c.personal == "hashed"]
        return frozenset(n for h in hashed for n in (plain(h), *self.names_of(h)))


def map_names() -> list[str]:
    """Names of all field maps."""
    return sorted(
        p.name.removesuffix(".toml")
        for p in files("gridlens.sources").joinpath("maps").iterdir()
        if p.name.endswith(".toml")
    )


@cache
def load_map(name: str) -> FieldMap:
    """The field map of that name.

    Raises:
        SettingsError: there is none.
        FieldMapError: its text is wrong.
    """
    if name not in map_names():
        raise SettingsError(f"'{name}' is not a field map; there are {', '.join(map_names())}")
    return parse_map(_text_of(name))


def _text_of(name: str) -> str:
    return files("gridlens.sources").joinpath("maps", f"{name}.toml").read_text(encoding="utf-8")


def parse_map(text: str) -> FieldMap:
    """Read the text of a field map.

    Raises:
        FieldMapError: it names a key, table or column that does not exist.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldMapError(f"a field map is not TOML: {error}") from None
    where = f"field map '{raw.get('name', '?')}'"
    lender = _text_of(raw["cases_of"]) if "cases_of" in raw else ""
    raw["cases"] = [*raw.get("cases", []), *tomllib.loads(lender).get("cases", [])]
    _check(where, raw)
    field_map = FieldMap(
        name=raw["name"],
        describes=raw["describes"],
        tables=tuple(raw["tables"]),
        names={c: tuple(map(plain, names)) for c, names in raw.get("columns", {}).items()},
        cases=tuple(_case(where, case) for case in raw["cases"]),
        hash_of=tuple(raw.get("key", {}).get("hash_of", ())),
        only=Only(raw["only"]["column"], tuple(raw["only"]["patterns"])) if "only" in raw else None,
        outcome=_outcome(raw.get("outcome")),
        ignores=frozenset(map(plain, raw.get("ignores", []))),
        index=raw.get("index", {}),
        version=hashlib.sha256((text + lender).encode()).hexdigest()[:16],
    )
    if taken := sorted(field_map.ignores & field_map.fields):
        raise FieldMapError(f"{where}: ignores '{taken[0]}', which a column takes: leave it out")
    return field_map


def _check(where: str, raw: dict[str, Any]) -> None:
    if unknown := sorted(raw.keys() - _KEYS):
        raise FieldMapError(f"{where}: unknown key '{unknown[0]}'; there are {sorted(_KEYS)}")
    if missing := sorted(_NEEDED - raw.keys()):
        raise FieldMapError(f"{where}: the key '{missing[0]}' is missing")
    if unknown := sorted(set(raw["tables"]) - TABLES.keys()):
        raise FieldMapError(f"{where}: '{unknown[0]}' is not a table")
    columns = {c.name for c in TABLES[raw["tables"][0]].columns}
    named = set(raw.get("columns", {})) | {c for case in raw["cases"] for c in case["when"]}
    named |= {case["column"] for case in raw["cases"]}
    named |= {raw[part]["column"] for part in ("only", "outcome") if part in raw}
    if unknown := sorted(named - columns):
        raise FieldMapError(f"{where}: {raw['tables'][0]} has no column '{unknown[0]}'")
    if len(raw["tables"]) > 1 and "outcome" not in raw:
        raise FieldMapError(f"{where}: several tables need an [outcome]")


def _case(where: str, raw: dict[str, Any]) -> Case:
    if ("value" in raw) == ("from" in raw):
        raise FieldMapError(f"{where}: a case of {raw['column']} needs one of value and from")
    source = plain(raw["from"]) if "from" in raw else None
    return Case(raw["column"], raw["when"], raw.get("value"), source)


def _outcome(raw: dict[str, Any] | None) -> Outcome | None:
    if raw is None:
        return None
    return Outcome(raw["column"], {o: tuple(raw.get(o, ())) for o in _OUTCOMES})

"""Which fields of a chunk give which columns, as SQL over the chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from gridlens.sources.casts import EPOCH
from gridlens.sources.chunk import NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.fieldmap import Case, FieldMap
from gridlens.sources.names import plain
from gridlens.sources.passing import passes
from gridlens.tables import Column
from gridlens.tables.identifiers import literal


class Given:
    """Which fields give which columns, in this chunk.

    Attributes:
        values: ``given <column>`` and ``raw <column>`` → SQL over the chunk.
        kinds: column → ``whole``, ``real``, ``truth``, ``time`` or ``text``, as the value comes.
        passed: column → the chunk's column that is it already.
    """

    def __init__(self, field_map: FieldMap, chunk: Chunk) -> None:
        self._fields: dict[str, list[Field]] = {}
        for field in chunk.fields:
            self._fields.setdefault(field.name, []).append(field)
        self._types: Mapping[str, pa.DataType] = {
            name: chunk.columns.schema.field(name).type for name in chunk.columns.column_names
        }
        self.values: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.passed: dict[str, str] = {}
        for column in field_map.table.columns:
            self._take(column, field_map)
            if self._is_passed(column, field_map, chunk.columns):
                self.passed[column.name] = self._found(column, field_map)[0].column
        # A case may ask for another column's value, so that cases come after all fields.
        for name in dict.fromkeys(case.column for case in field_map.cases):
            self._derive(name, [c for c in field_map.cases if c.column == name])
        for name in field_map.hash_of:
            if found := self._fields.get(plain(name), []):
                self.values[f"hashed {name}"] = f"coalesce({', '.join(map(self._text, found))})"

    def _is_passed(self, column: Column, field_map: FieldMap, columns: pa.Table) -> bool:
        """Whether there is one field that is the column already."""
        found = self._found(column, field_map)
        is_derived = column.keeps_raw or any(c.column == column.name for c in field_map.cases)
        if len(found) != 1 or is_derived:
            return False
        values = columns[found[0].column]
        # A row without its key gets one from what else it has, or a problem.
        is_key = column.name == field_map.table.key[0]
        return passes(column, values) and not (is_key and values.null_count)

    def _found(self, column: Column, field_map: FieldMap) -> list[Field]:
        names = dict.fromkeys(field_map.names_of(column.name))
        return [field for name in names for field in self._fields.get(name, [])]

    def _take(self, column: Column, field_map: FieldMap) -> None:
        found = self._found(column, field_map)
        if not found:
            return
        kinds = {_kind(self._types[f.column]) for f in found}
        kind = kinds.pop() if len(kinds) == 1 and column.type != "VARCHAR" else "text"
        parts = [f'"{f.column}"' if kind != "text" else self._text(f) for f in found]
        # A field that says "not recorded" must not hide the one after it.
        recorded = [_recorded(column, kind, part) for part in parts[:-1]]
        self._put(column.name, kind, _first_of([*recorded, parts[-1]]))
        if column.keeps_raw:
            raw = [*self._fields.get(plain(f"{column.name}_raw"), []), *found]
            texts = [f'"{f.column}_raw"' for f in raw if f"{f.column}_raw" in self._types]
            given = f'"given {column.name}"'
            self.values[f"raw {column.name}"] = f"coalesce({', '.join([given, *texts])})"

    def _derive(self, name: str, cases: Iterable[Case]) -> None:
        branches = "".join(
            f" when {self._holds(case.when)} then {self._result(case)}"
            for case in cases
            if all(c in self.kinds for c in case.when)
        )
        if not branches:
            return
        own = self.values.get(f"given {name}", "null::varchar")
        self.values.pop(f"given {name}", None)
        self._put(name, "text", f"coalesce({own}, case{branches} end)")

    def _put(self, name: str, kind: str, sql: str) -> None:
        self.kinds[name] = kind
        self.values[f"given {name}"] = sql

    def _holds(self, when: Mapping[str, str]) -> str:
        return " and ".join(matches(f'"given {c}"', pattern) for c, pattern in when.items())

    def _result(self, case: Case) -> str:
        if case.value is not None:
            return literal(case.value)
        found = [self._text(f) for f in self._fields.get(case.source or "", [])]
        return f"coalesce({', '.join([*found, 'null::varchar'])})"

    def _text(self, field: Field) -> str:
        kind = self._types[field.column]
        if pa.types.is_floating(kind):
            # One NULL turns a column of whole numbers into floats (contracts: pitfall 6).
            whole = f'whole_of("{field.column}")::varchar'
            return f'coalesce({whole}, "{field.column}"::varchar)'
        return f'"{field.column}"' if pa.types.is_string(kind) else f'"{field.column}"::varchar'


def _first_of(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def matches(sql: str, pattern: str) -> str:
    """SQL that is true where the text is the pattern, any case; ``*`` stands for any text."""
    if "*" not in pattern:
        return f"lower({sql}) = {literal(pattern.lower())}"
    escaped = pattern.lower().replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return f"lower({sql}) like {literal(escaped.replace('*', '%'))} escape '\\'"


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        # Not all of these are whole numbers of 64 bits with a sign.
        return "text" if pa.types.is_uint64(kind) else "whole"
    if pa.types.is_floating(kind):
        return "real"
    if pa.types.is_boolean(kind):
        return "truth"
    return "time" if pa.types.is_timestamp(kind) else "text"


# Type of the column and kind of the value → SQL; any other pair goes by way of text.
_CASTS = {
    ("BIGINT", "whole"): "{}::bigint",
    ("BIGINT", "real"): "whole_of({})",
    ("DOUBLE", "whole"): "{}::double",
    ("DOUBLE", "real"): "case when isfinite({0}) then {0} end",
    ("BOOLEAN", "truth"): "{}",
    ("TIMESTAMP", "time"): "{}",
    ("TIMESTAMP", "whole"): "instant_of_whole({})",
    ("TIMESTAMP", "real"): "case when isfinite({0}) then epoch_time({0}) end",
    ("DATE", "time"): "case when {0} = date_trunc('day', {0}) then {0}::date end",
}
_FROM_TEXT = {
    "BIGINT": "whole({})",
    "DOUBLE": "real_number({})",
    "BOOLEAN": "truth({})",
    "TIMESTAMP": "instant({})",
    "DATE": "case when instant({0}) = date_trunc('day', instant({0})) then instant({0})::date end",
    "VARCHAR": "case when {0} <> " + literal(NOT_ONE_VALUE) + " then {0} end",
}


def cast(column: Column, kind: str, sql: str) -> str:
    """SQL of the column's type; NULL where the value is not exactly of it."""
    if (column.type, kind) in _CASTS:
        return _CASTS[column.type, kind].format(sql)
    return _FROM_TEXT[column.type].format(sql if kind == "text" else f"({sql})::varchar")


def _recorded(column: Column, kind: str, sql: str) -> str:
    """The value, or NULL where it means "not recorded"."""
    missing = list(map(str, column.missing)) or ([EPOCH] if column.type == "TIMESTAMP" else [])
    if not missing:
        return sql
    return f"case when {cast(column, kind, sql)} in ({', '.join(missing)}) then null else {sql} end"

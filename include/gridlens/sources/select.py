"""The one SELECT that turns a chunk's fields into the typed columns of a map's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from gridlens.sources.casts import EARLIEST, EPOCH, LATEST
from gridlens.sources.chunk import BROKEN, NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.fieldmap import Case, FieldMap
from gridlens.sources.names import plain
from gridlens.sources.passing import passes
from gridlens.tables import Column, Table

PROBLEM = "(problem)"
DAY = "(day)"
OUTCOME = "(outcome)"
OTHER = "(other)"
DOCUMENT = "(document)"
# Between the parts of a problem: field, reason, value.
SEPARATOR = "\x1e"
_VALUE_LENGTH = 60


@dataclass(frozen=True)
class Selection:
    """How a chunk becomes rows.

    Attributes:
        sql: over the view ``chunk``; columns of the slice that need a cast, then problem, day,
            outcome and kind.
        passed: columns of the slice → columns of the chunk that are them already.
    """

    sql: str
    passed: Mapping[str, str]


def selection_of(field_map: FieldMap, chunk: Chunk) -> Selection:
    """What to select of this chunk."""
    given = _Given(field_map, chunk)
    table = field_map.table
    present = [c for c in table.columns if c.name in given.kinds]
    wanted = [
        *_outputs(field_map, given),
        f'{_problem(field_map, present, given)} as "{PROBLEM}"',
        f'{_day(table, given)} as "{DAY}"',
        f'{_outcome(field_map, given)} as "{OUTCOME}"',
        f'{_other(field_map, given)} as "{OTHER}"',
    ]
    outputs = ", ".join(wanted)
    # Planning costs as much as casting: what nothing asks for is not even mentioned.
    casts = [
        f'{_typed(c, given)} as "value {c.name}"' for c in present if f'"value {c.name}"' in outputs
    ]
    asked = "".join([outputs, *casts, *given.values.values()])
    givens = [f'{sql} as "{n}"' for n, sql in given.values.items() if f'"{n}"' in asked]
    sql = f"""
        with given as (select {", ".join(["*", *givens])} from chunk),
        typed as (select {", ".join(["*", *casts])} from given)
        select {outputs} from typed
    """
    return Selection(sql, given.passed)


class _Given:
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
            return _quoted(case.value)
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
        return f"lower({sql}) = {_quoted(pattern.lower())}"
    escaped = pattern.lower().replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return f"lower({sql}) like {_quoted(escaped.replace('*', '%'))} escape '\\'"


def _name(column: str) -> str:
    return f'"{column}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
    "VARCHAR": "case when {0} <> " + _quoted(NOT_ONE_VALUE) + " then {0} end",
}


def _typed(column: Column, given: _Given) -> str:
    return _cast(column, given.kinds[column.name], f'"given {column.name}"')


def _cast(column: Column, kind: str, sql: str) -> str:
    if (column.type, kind) in _CASTS:
        return _CASTS[column.type, kind].format(sql)
    return _FROM_TEXT[column.type].format(sql if kind == "text" else f"({sql})::varchar")


def _recorded(column: Column, kind: str, sql: str) -> str:
    """The value, or NULL where it means "not recorded"."""
    missing = list(map(str, column.missing)) or ([EPOCH] if column.type == "TIMESTAMP" else [])
    if not missing:
        return sql
    return (
        f"case when {_cast(column, kind, sql)} in ({', '.join(missing)}) then null else {sql} end"
    )


def _outputs(field_map: FieldMap, given: _Given) -> list[str]:
    out = []
    for column in field_map.table.columns:
        if column.name in given.passed:
            continue
        known = column.name in given.kinds
        value = _value(column) if known else f"null::{column.type}"
        if column.name == field_map.table.key[0]:
            value = _key(field_map, given)
        out.append(f'{value} as "{column.name}"')
        if column.keeps_raw:
            raw = f'"raw {column.name}"' if f"raw {column.name}" in given.values else None
            own = f'"given {column.name}"::varchar' if known else "null::varchar"
            out.append(f'{raw or own} as "{column.name}_raw"')
    return [*out, '[]::varchar[] as "quality_flags"']


def _value(column: Column) -> str:
    value = f'"value {column.name}"'
    if column.missing:
        missing = ", ".join(str(m) for m in column.missing)
        return f"case when {value} not in ({missing}) then {value} end"
    if column.type == "TIMESTAMP":
        # Oracle's default for "no time yet" (contracts: jobs).
        return f"case when {value} <> {EPOCH} then {value} end"
    return value


def _key(field_map: FieldMap, given: _Given) -> str:
    """The key, or what stands for it where a record has none."""
    column = field_map.table.column(field_map.table.key[0])
    own = _value(column) if column.name in given.kinds else f"null::{column.type}"
    if not field_map.hash_of or field_map.hash_of[0] not in given.kinds:
        return own
    parts = [_hashed(name, given) for name in field_map.hash_of]
    joined = f" || {_quoted(SEPARATOR)} || ".join(f"coalesce({part}, '')" for part in parts)
    return f"coalesce({own}, case when {parts[0]} is not null then md5({joined}) end)"


def _hashed(name: str, given: _Given) -> str:
    # Typed values: the same instant gives the same key, however it is written.
    if name in given.kinds:
        return f'"value {name}"::varchar'
    return f'"hashed {name}"' if f"hashed {name}" in given.values else "null::varchar"


def _fault(column: Column) -> tuple[str, str]:
    """When a given value is malformed, and why."""
    value, given = f'"value {column.name}"', f'"given {column.name}"'
    faults = {
        "BIGINT": "is not a whole number of 64 bits",
        "DOUBLE": "is not a finite number",
        "BOOLEAN": "is neither true nor false",
        "TIMESTAMP": "is not a time in a known form",
        "DATE": "is not a date",
        "VARCHAR": "is not a text",
    }
    wrong = f"{value} is null"
    if column.type == "TIMESTAMP":
        wrong += f" or ({value} <> {EPOCH} and not ({value} >= {EARLIEST} and {value} < {LATEST}))"
    reason = _quoted(faults[column.type])
    if column.type == "TIMESTAMP":
        far = _quoted("lies outside 1990 to 2100")
        reason = f"case when {value} is null then {reason} else {far} end"
    if column.minimum is not None:
        low = f"{value} < {column.minimum}"
        if column.missing:
            low += f" and {value} not in ({', '.join(str(m) for m in column.missing)})"
        wrong += f" or ({low})"
        reason = f"case when {value} is null then {reason} else 'is below {column.minimum:g}' end"
    return f"{given} is not null and ({wrong})", reason


def _problem(field_map: FieldMap, present: Iterable[Column], given: _Given) -> str:
    branches = [f'when "{BROKEN}" is not null then {_said(DOCUMENT, _name(BROKEN))}']
    for column in (c for c in present if c.name not in given.passed):
        wrong, reason = _fault(column)
        branches.append(f"when {wrong} then {_said(column.name, reason, column)}")
    key = field_map.table.key[0]
    if key not in given.passed:
        branches.append(
            f"when {_key(field_map, given)} is null then {_said(key, _quoted('has no value'))}"
        )
    if field_map.outcome:
        column = field_map.table.column(field_map.outcome.column)
        says = _quoted("says neither done, failed nor pending")
        value = column if column.name in given.kinds else None
        branches.append(
            f"when {_outcome(field_map, given)} is null then {_said(column.name, says, value)}"
        )
    return "case " + " ".join(branches) + " end"


def _said(field: str, reason: str, column: Column | None = None) -> str:
    said = f"{_quoted(field + SEPARATOR)} || {reason}"
    if column is None or column.personal != "no":
        return said
    given = f'"given {column.name}"::varchar'
    return f"{said} || {_quoted(SEPARATOR)} || coalesce(left({given}, {_VALUE_LENGTH}), '')"


def _day(table: Table, given: _Given) -> str:
    times = [_value(table.column(c)) for c in table.day_from if c in given.kinds]
    known = [f"case when {t} >= {EARLIEST} and {t} < {LATEST} then {t} end" for t in times]
    return f"coalesce({', '.join([*known, 'null::timestamp'])})::date"


def _outcome(field_map: FieldMap, given: _Given) -> str:
    if field_map.outcome is None:
        return "'done'"
    if field_map.outcome.column not in given.kinds:
        return "null::varchar"
    sql = f'"given {field_map.outcome.column}"'
    branches = "".join(
        f" when {' or '.join(matches(sql, p) for p in patterns)} then '{outcome}'"
        for outcome, patterns in field_map.outcome.patterns.items()
        if patterns
    )
    return f"case{branches} end" if branches else "null::varchar"


def _other(field_map: FieldMap, given: _Given) -> str:
    """What kind the document is of, where the map does not take that kind."""
    only = field_map.only
    if only is None or only.column not in given.kinds:
        return "null::varchar"
    kind = f'"given {only.column}"'
    is_taken = " or ".join(matches(kind, p) for p in only.patterns)
    is_other = f'"{BROKEN}" is null and not ({is_taken})'
    return f"case when {is_other} then left({kind}, {_VALUE_LENGTH}) end"

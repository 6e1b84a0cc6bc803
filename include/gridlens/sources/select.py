"""The one SELECT that turns a chunk's fields into the typed columns of a map's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridlens.sources.casts import EARLIEST, EPOCH, LATEST
from gridlens.sources.chunk import BROKEN, Chunk
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.given import Given, cast, matches
from gridlens.tables import Column, Table
from gridlens.tables.identifiers import literal, quoted

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
    given = Given(field_map, chunk)
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


def _typed(column: Column, given: Given) -> str:
    return cast(column, given.kinds[column.name], f'"given {column.name}"')


def _outputs(field_map: FieldMap, given: Given) -> list[str]:
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


def _key(field_map: FieldMap, given: Given) -> str:
    """The key, or what stands for it where a record has none."""
    column = field_map.table.column(field_map.table.key[0])
    own = _value(column) if column.name in given.kinds else f"null::{column.type}"
    if not field_map.hash_of or field_map.hash_of[0] not in given.kinds:
        return own
    parts = [_hashed(name, given) for name in field_map.hash_of]
    joined = f" || {literal(SEPARATOR)} || ".join(f"coalesce({part}, '')" for part in parts)
    return f"coalesce({own}, case when {parts[0]} is not null then md5({joined}) end)"


def _hashed(name: str, given: Given) -> str:
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
    reason = literal(faults[column.type])
    if column.type == "TIMESTAMP":
        far = literal("lies outside 1990 to 2100")
        reason = f"case when {value} is null then {reason} else {far} end"
    if column.minimum is not None:
        low = f"{value} < {column.minimum}"
        if column.missing:
            low += f" and {value} not in ({', '.join(str(m) for m in column.missing)})"
        wrong += f" or ({low})"
        reason = f"case when {value} is null then {reason} else 'is below {column.minimum:g}' end"
    return f"{given} is not null and ({wrong})", reason


def _problem(field_map: FieldMap, present: Iterable[Column], given: Given) -> str:
    branches = [f'when "{BROKEN}" is not null then {_said(DOCUMENT, quoted(BROKEN))}']
    for column in (c for c in present if c.name not in given.passed):
        wrong, reason = _fault(column)
        branches.append(f"when {wrong} then {_said(column.name, reason, column)}")
    key = field_map.table.key[0]
    if key not in given.passed:
        branches.append(
            f"when {_key(field_map, given)} is null then {_said(key, literal('has no value'))}"
        )
    if field_map.outcome:
        column = field_map.table.column(field_map.outcome.column)
        says = literal("says neither done, failed nor pending")
        value = column if column.name in given.kinds else None
        branches.append(
            f"when {_outcome(field_map, given)} is null then {_said(column.name, says, value)}"
        )
    return "case " + " ".join(branches) + " end"


def _said(field: str, reason: str, column: Column | None = None) -> str:
    said = f"{literal(field + SEPARATOR)} || {reason}"
    if column is None or column.personal != "no":
        return said
    given = f'"given {column.name}"::varchar'
    return f"{said} || {literal(SEPARATOR)} || coalesce(left({given}, {_VALUE_LENGTH}), '')"


def _day(table: Table, given: Given) -> str:
    times = [_value(table.column(c)) for c in table.day_from if c in given.kinds]
    known = [f"case when {t} >= {EARLIEST} and {t} < {LATEST} then {t} end" for t in times]
    return f"coalesce({', '.join([*known, 'null::timestamp'])})::date"


def _outcome(field_map: FieldMap, given: Given) -> str:
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


def _other(field_map: FieldMap, given: Given) -> str:
    """What kind the document is of, where the map does not take that kind."""
    only = field_map.only
    if only is None or only.column not in given.kinds:
        return "null::varchar"
    kind = f'"given {only.column}"'
    is_taken = " or ".join(matches(kind, p) for p in only.patterns)
    is_other = f'"{BROKEN}" is null and not ({is_taken})'
    return f"case when {is_other} then left({kind}, {_VALUE_LENGTH}) end"

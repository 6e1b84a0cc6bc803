"""JSON documents side by side: one column a field, nothing inferred, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.sources.chunk import BROKEN, NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.json_path import JsonPath
from gridlens.sources.personal import Redaction

# DuckDB works on a table's batches in parallel.
_BATCH_ROWS = 8_192
_KINDS = {"VARCHAR": "text", "BOOLEAN": "truth", "ARRAY": "list", "OBJECT": "object"}
_NOT_GIVEN = (None, "NULL")


@dataclass(frozen=True)
class _Shape:
    """Fields that the documents of a chunk have, and objects that name a key twice."""

    fields: tuple[JsonPath, ...]
    ambiguous: tuple[JsonPath, ...]
    is_sound: bool


def json_chunk(
    con: duckdb.DuckDBPyConnection,
    texts: Sequence[str],
    broken: Sequence[str | None] | None,
    wanted: Collection[str],
    redaction: Redaction,
) -> Chunk:
    """Documents as columns of the wanted fields.

    Args:
        con: an in-memory connection.
        texts: the documents.
        broken: why a document cannot be read, where that is known already.
        wanted: names of fields, in plain form.
        redaction: takes personal values out of documents kept as evidence.
    """
    known = pa.nulls(len(texts), pa.string()) if broken is None else pa.array(broken, pa.string())
    received = pa.table({BROKEN: known, "doc": pa.array(texts, pa.string())})
    batches = received.to_batches(max_chunksize=_BATCH_ROWS)
    con.register("good", pa.Table.from_batches(batches, received.schema))
    shape = _shape(con) if broken is None else None
    if shape is None or not shape.is_sound:
        con.register("good", _judged(con))
        shape = _shape(con)
    chosen = [p for p in shape.fields if p.name in wanted] if shape else []
    columns = _extracted(con, chosen, shape.ambiguous if shape else ())
    kinds = _kinds(con, chosen)
    con.unregister("good")
    fields = tuple(Field(p.name, f"f{i}") for i, p in enumerate(chosen))
    keys = frozenset(".".join(p.keys) for p in shape.fields if not p.is_nest) if shape else ()
    return Chunk(columns, fields, frozenset(keys), _evidence(texts, redaction), kinds)


def _evidence(texts: Sequence[str], redaction: Redaction) -> Callable[[Sequence[int]], list[str]]:
    return lambda rows: [redaction.document(texts[r]) for r in rows]


def _judged(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The documents that can be read; the others as NULL beside what is wrong with them."""
    return con.execute(
        f"""
        with judged as (
            select doc, case
                when "{BROKEN}" is not null then "{BROKEN}"
                when not json_valid(doc) then 'is not JSON'
                when json_type(doc) <> 'OBJECT' then 'is not an object'
            end as why from good)
        select why as "{BROKEN}", case when why is null then doc end as doc from judged
        """
    ).to_arrow_table()


def _shape(con: duckdb.DuckDBPyConnection) -> _Shape | None:
    """Looks at the keys of all documents; None if one of them is not JSON."""
    fields: list[JsonPath] = []
    ambiguous: list[JsonPath] = []
    nests = [JsonPath(())]
    is_sound = True
    for nest in nests:
        try:
            found = _keys(con, nest)
        except (duckdb.InvalidInputException, UnicodeDecodeError):
            # The quick way takes it that all documents are JSON; see json_chunk. DuckDB quotes the
            # start of one that is not, and where it cuts a character in two, Python cannot read
            # the message.
            return None
        is_sound = is_sound and (bool(nest.keys) or not any(key is None for key, _ in found))
        paths = [nest.member(key) for key, _ in found if key is not None]
        fields += paths
        ambiguous += [nest] if any(is_twice for _, is_twice in found) else []
        nests += [p for p in paths if p.may_hold_fields]
    return _Shape(tuple(fields), tuple(ambiguous), is_sound)


def _keys(con: duckdb.DuckDBPyConnection, nest: JsonPath) -> list[tuple[str | None, bool]]:
    """Each key, and whether it stands in an object that names a key twice.

    Few shapes make up millions of documents, so that keys are looked at once a shape; an
    object without keys gives NULL, and so does what is no object.
    """
    return sorted(
        con.execute(
            f"""
            with shapes as materialized (
                select distinct json_keys(doc, {nest.sql}) as keys from good where doc is not null),
            each as (
                select unnest(case when len(keys) = 0 then [null::varchar] else keys end) as key,
                    len(keys) > len(list_distinct(keys)) as is_twice
                from shapes where keys is not null)
            select key, bool_or(is_twice) from each group by key
            """
        ).fetchall(),
        # Of two spellings of a field the first counts, in any way of reading.
        key=lambda found: found[0] or "",
    )


def _kinds(con: duckdb.DuckDBPyConnection, paths: Sequence[JsonPath]) -> dict[str, frozenset[str]]:
    """What the values of the fields are, all documents together; NULL is of no kind."""
    asked = ", ".join(path.sql for path in paths)
    found = (
        con.execute(
            f"""
        with shapes as (select distinct json_type(doc, [{asked}]) as kinds from good),
        each as (select unnest(kinds) as kind, generate_subscripts(kinds, 1) as place from shapes)
        select distinct place, kind from each
        """
        ).fetchall()
        if paths
        else []
    )
    kinds: dict[str, frozenset[str]] = {}
    for place, kind in found:
        if kind not in _NOT_GIVEN:
            name = paths[place - 1].name
            kinds[name] = kinds.get(name, frozenset()) | {_KINDS.get(kind, "number")}
    return kinds


def _extracted(
    con: duckdb.DuckDBPyConnection, paths: Sequence[JsonPath], ambiguous: Sequence[JsonPath]
) -> pa.Table:
    columns = con.execute(_extraction(paths, ambiguous, frozenset())).to_arrow_table()
    suspects = frozenset(i for i in range(len(paths)) if _may_be_nested(columns[f"f{i}"]))
    if not suspects:
        return columns
    return con.execute(_extraction(paths, ambiguous, suspects)).to_arrow_table()


def _may_be_nested(values: pa.ChunkedArray) -> bool:
    starts = pc.or_(pc.starts_with(values, "{"), pc.starts_with(values, "["))
    return bool(pc.any(starts).as_py())


def _extraction(
    paths: Sequence[JsonPath], ambiguous: Sequence[JsonPath], suspects: Collection[int]
) -> str:
    # from_json walks a document once for all fields; its structs know no two names that differ
    # in case only, so that the second of such a pair is fetched by its path.
    tree: dict[str, object] = {}
    values = [
        _member(p) if _grow(tree, p.keys) else f"json_extract_string(doc, {p.sql})" for p in paths
    ]
    checked = [
        (_one_value(v, p) if i in suspects else v) + f" as f{i}"
        for i, (v, p) in enumerate(zip(values, paths, strict=True))
    ]
    structure = json.dumps(tree).replace("'", "''")
    source = f"from_json(doc, '{structure}')" if tree else "null"
    return f"""
        with walked as (select "{BROKEN}", doc, {source} as s from good)
        select {", ".join([_ambiguity(ambiguous), *checked])} from walked
    """


def _ambiguity(ambiguous: Sequence[JsonPath]) -> str:
    """A key that stands twice in one object: nobody knows which one is meant."""
    tests = [
        f"len(json_keys(doc, {p.sql})) > len(list_distinct(json_keys(doc, {p.sql})))"
        for p in ambiguous
    ]
    why = f"case when {' or '.join(tests)} then 'names a key twice' end" if tests else "null"
    return f'coalesce("{BROKEN}", {why}) as "{BROKEN}"'


def _grow(tree: dict[str, object], keys: tuple[str, ...]) -> bool:
    """Adds a field to the structure that from_json walks; False if its place is taken."""
    for key in keys[:-1]:
        branch = tree.setdefault(key, {}) if not _is_taken(tree, key) else None
        if not isinstance(branch, dict):
            return False
        tree = branch
    if keys[-1] in tree or _is_taken(tree, keys[-1]):
        return False
    tree[keys[-1]] = "VARCHAR"
    return True


def _is_taken(tree: dict[str, object], key: str) -> bool:
    return any(k != key and k.lower() == key.lower() for k in tree)


def _member(path: JsonPath) -> str:
    return "s" + "".join(f'."{key}"' for key in path.keys)


def _one_value(sql: str, path: JsonPath) -> str:
    return f"""case when (starts_with({sql}, '{{') or starts_with({sql}, '['))
        and json_type(doc, {path.sql}) in ('OBJECT', 'ARRAY')
        then '{NOT_ONE_VALUE}' else {sql} end"""

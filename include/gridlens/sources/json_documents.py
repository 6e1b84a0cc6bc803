"""JSON documents: lines, lists, dicts keyed by name, and OpenSearch hits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from gridlens.sources.chunk import BROKEN, NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.names import WRAPPERS, field_name, plain
from gridlens.sources.personal import Redaction

KEY_FIELD = "(key)"
# DuckDB works on a column's batches in parallel.
_BATCH_ROWS = 8_192
_NESTS = WRAPPERS | {"metadata"}
_MAX_DEPTH = 3
_BLANK = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class _Path:
    """Keys from the top of a document to one of its fields."""

    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return field_name(".".join(self.keys))

    @property
    def json_path(self) -> str:
        return "$" + "".join(f'."{key}"' for key in self.keys)


def documents_of(text: str) -> list[str]:
    """The documents of one JSON text, as they are written.

    A list gives its elements, an OpenSearch answer its hits, a dict whose values are all objects
    its values, with the key added as field ``(key)``; any other object is one document.

    Raises:
        ValueError: the text is not JSON.
    """
    start = _skip(text, 0)
    value, end = _DECODER.raw_decode(text, start)
    if _skip(text, end) != len(text):
        raise ValueError("more than one JSON value")
    if isinstance(value, list):
        return [text[a:b] for _, a, b in _members(text, start)]
    if not isinstance(value, dict):
        return [text[start:end]]
    if isinstance(value.get("hits"), dict) and isinstance(value["hits"].get("hits"), list):
        hits = _member(text, start, "hits")
        return [text[a:b] for _, a, b in _members(text, _member(text, hits, "hits"))]
    if _is_keyed(value):
        return [_with_key(key, text[a:b]) for key, a, b in _members(text, start)]
    return [text[start:end]]


def _is_keyed(value: dict[str, object]) -> bool:
    """True for a dict of documents; a document inside wrappers is one document."""
    is_wrapped = any(plain(key) in _NESTS for key in value)
    return bool(value) and not is_wrapped and all(isinstance(v, dict) for v in value.values())


def _with_key(key: str, document: str) -> str:
    rest = document[1:].lstrip()
    return f'{{"{KEY_FIELD}": {json.dumps(key)}{"" if rest.startswith("}") else ", "}{rest}'


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]  # a star always matches


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key (empty in a list), start and end of each member of the object or list at ``at``."""
    is_object = text[at] == "{"
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        key = ""
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, at)
        yield key, at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _member(text: str, at: int, name: str) -> int:
    return next(start for key, start, _ in _members(text, at) if key == name)


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
    good = _judged(con, texts, broken)
    con.register("good", good)
    paths = list(_paths(con, (), 0))
    twice = _twice(con, paths)
    chosen = [p for p in paths if p.name in wanted]
    columns = con.execute(_extraction(chosen, twice)).to_arrow_table()
    con.unregister("good")
    fields = tuple(Field(p.name, f"f{i}") for i, p in enumerate(chosen))
    keys = frozenset(".".join(p.keys) for p in paths if not _is_nest(p))
    return Chunk(columns, fields, keys, _evidence(texts, redaction))


def _evidence(texts: Sequence[str], redaction: Redaction) -> Callable[[Sequence[int]], list[str]]:
    return lambda rows: [redaction.document(texts[r]) for r in rows]


def _judged(
    con: duckdb.DuckDBPyConnection, texts: Sequence[str], broken: Sequence[str | None] | None
) -> pa.Table:
    known = pa.array(broken, pa.string()) if broken else pa.nulls(len(texts), pa.string())
    table = pa.table({"doc": pa.array(texts, pa.string()), "known": known})
    con.register("received", pa.Table.from_batches(table.to_batches(max_chunksize=_BATCH_ROWS)))
    judged = con.execute(
        f"""
        with judged as (
            select doc, case
                when known is not null then known
                when not json_valid(doc) then 'is not JSON'
                when json_type(doc) <> 'OBJECT' then 'is not an object'
            end as "{BROKEN}" from received)
        select "{BROKEN}", case when "{BROKEN}" is null then doc end as doc from judged
        """
    ).to_arrow_table()
    con.unregister("received")
    return judged


def _is_nest(path: _Path) -> bool:
    return plain(path.keys[-1]) in _NESTS


def _paths(con: duckdb.DuckDBPyConnection, above: tuple[str, ...], depth: int) -> Iterator[_Path]:
    parent = _Path(above).json_path.replace("'", "''")
    found = con.execute(
        f"with shapes as (select distinct json_keys(doc, '{parent}') as keys from good) "
        "select distinct unnest(keys) from shapes"
    ).fetchall()
    for (key,) in sorted(found):
        path = _Path((*above, key))
        yield path
        if _is_nest(path) and depth < _MAX_DEPTH and '"' not in key:
            yield from _paths(con, path.keys, depth + 1)


def _twice(con: duckdb.DuckDBPyConnection, paths: Sequence[_Path]) -> str:
    """SQL that is true where a key stands twice in one object: nobody knows which one is meant."""
    nests = {p.keys[:-1] for p in paths}
    tests = []
    for keys in sorted(nests):
        parent = _Path(keys).json_path.replace("'", "''")
        test = f"len(json_keys(doc, '{parent}')) > len(list_distinct(json_keys(doc, '{parent}')))"
        shapes = f"select distinct json_keys(doc, '{parent}') as k from good"
        rows = con.execute(
            f"select count(*) from ({shapes}) where len(k) > len(list_distinct(k))"
        ).fetchone()
        if rows and rows[0]:
            tests.append(test)
    return " or ".join(tests) or "false"


def _extraction(paths: Sequence[_Path], twice: str) -> str:
    # from_json walks a document once for all fields; its structs know no two names that differ
    # in case only, so that the second of such a pair is fetched by its path.
    tree: dict[str, object] = {}
    walked = {p.keys for p in paths if _grow(tree, p.keys)}
    structure = json.dumps(tree).replace("'", "''")
    source = f"from_json(doc, '{structure}')" if tree else "null"
    values = "".join(
        ", " + (_one_value(_member_sql(p), p) if p.keys in walked else _by_path(p)) + f" as f{i}"
        for i, p in enumerate(paths)
    )
    return f"""
        with walked as (select "{BROKEN}", doc, {source} as s from good)
        select coalesce("{BROKEN}", case when {twice} then 'names a key twice' end) as "{BROKEN}"
            {values}
        from walked
    """


def _grow(tree: dict[str, object], keys: tuple[str, ...]) -> bool:
    for key in keys[:-1]:
        if any(k != key and k.lower() == key.lower() for k in tree):
            return False
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            return False
        tree = branch
    if any(k.lower() == keys[-1].lower() for k in tree):
        return False
    tree[keys[-1]] = "VARCHAR"
    return True


def _member_sql(path: _Path) -> str:
    return "s" + "".join(f'."{key}"' for key in path.keys)


def _by_path(path: _Path) -> str:
    return _one_value(f"json_extract_string(doc, '{path.json_path}')", path)


def _one_value(sql: str, path: _Path) -> str:
    return f"""case when (starts_with({sql}, '{{') or starts_with({sql}, '['))
        and json_type(doc, '{path.json_path}') in ('OBJECT', 'ARRAY')
        then '{NOT_ONE_VALUE}' else {sql} end"""

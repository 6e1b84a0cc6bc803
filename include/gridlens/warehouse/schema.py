"""Tables, views and macros of the lake: made from the models, changed only where they did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import duckdb

from gridlens.tables import TABLES
from gridlens.tables.identifiers import literal, quoted
from gridlens.warehouse.binding import Types, bind, create, declared
from gridlens.warehouse.former import VERSION, drop, drop_former, former
from gridlens.warehouse.ledger import RAW_TABLES, RawTable
from gridlens.warehouse.macros import macro_sql
from gridlens.warehouse.model import Model, in_order
from gridlens.warehouse.slice_views import view_sql
from gridlens.warehouse.view import View
from gridlens.warehouse.views import VIEWS

# Rows of the ledger are few and change often: they rest in the catalog, not in tiny files.
_INLINED_ROWS = 1000
_LEDGER = frozenset(f"raw.{name}" for name in RAW_TABLES)


@dataclass(frozen=True)
class _Known:
    fingerprint: str
    documentation: str


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas; to be committed before `initialise`."""
    for schema in ("raw", "core", "mart"):
        con.execute(f"create schema if not exists {schema}")


def keep_ledger_in_catalog(con: duckdb.DuckDBPyConnection) -> None:
    """Set, once, what DuckLake sets on a committed schema only."""
    if "raw.models" not in _columns(con):
        option = f"'data_inlining_row_limit', {_INLINED_ROWS}, schema => 'raw'"
        con.execute(f"call lake.set_option({option})")


def initialise(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> list[str]:
    """Bring the lake to these models, inside the caller's transaction.

    Returns:
        Names of the tables that were made anew, so that all their days are missing.

    Raises:
        ModelError: a SELECT does not bind, or gives other columns than its header documents.
    """
    ordered = in_order(models)
    types = bind(tuple(ordered))
    known = _raw_tables(con)
    present = _columns(con)
    for table in TABLES.values():
        if f"raw.{table.name}" not in present:
            con.execute(view_sql(table, []))
            con.execute(f"comment on view raw.{table.name} is {literal(table.meaning)}")
    drop_former(con, _names(ordered))
    anew = [
        m.name
        for m in ordered
        if _model(con, m, types[m.name], known.get(m.name), is_other=_is_other(m, types, present))
    ]
    for view in _views(ordered):
        _view(con, view, known.get(view.name), is_other=not {*anew}.isdisjoint(view.reads))
    return anew


def is_current(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> bool:
    """Whether `initialise` with these models would leave the lake as it is.

    Raises:
        ModelError: as `initialise`.
    """
    ordered = in_order(models)
    types, present = bind(tuple(ordered)), _columns(con)
    if not {"raw.models", *(f"raw.{name}" for name in TABLES)} <= present.keys():
        return False
    wanted = {f"raw.{r.name}": _known_raw(r) for r in RAW_TABLES.values()}
    wanted |= {m.name: _known_model(m) for m in ordered}
    wanted |= {view.name: _known_view(view) for view in _views(ordered)}
    return (
        wanted.items() <= _known(con).items()
        and not any(_is_other(m, types, present) for m in ordered)
        and not former(con, _names(ordered))
    )


def _names(models: Iterable[Model]) -> set[str]:
    return {*(model.name for model in models), *(view.name for view in VIEWS)}


def _views(models: Iterable[Model]) -> list[View]:
    """The views of which all is there that they read."""
    there = {*(model.name for model in models), *_LEDGER}
    return [view for view in VIEWS if {*view.reads} <= there]


def _is_other(model: Model, types: Mapping[str, Types], present: Mapping[str, Types]) -> bool:
    """Whether the model's table is missing, or has other columns or another order of them."""
    is_table = model.day is not None
    return is_table and [*present.get(model.name, {}).items()] != [*types[model.name].items()]


def _view(
    con: duckdb.DuckDBPyConnection, view: View, known: _Known | None, *, is_other: bool
) -> None:
    """Make the view anew where its text, its description or a table below it is another."""
    now = _known_view(view)
    if not is_other and known == now:
        return
    con.execute(f"create or replace view {view.name} as {view.sql}")
    # A view's columns take no comment in DuckLake: raw.models and the dictionary tell of them.
    con.execute(f"comment on view {view.name} is {literal(view.meaning)}")
    meanings = {c.name: c.meaning for c in view.columns}
    _remember(con, view.name, view.meaning, columns=meanings, known=now)


def _raw_tables(con: duckdb.DuckDBPyConnection) -> dict[str, _Known]:
    present = _columns(con)
    known = _known(con) if "raw.models" in present else {}
    fresh = [r for r in RAW_TABLES.values() if known.get(f"raw.{r.name}") != _known_raw(r)]
    for raw in fresh:
        _raw_table(con, raw, present.get(f"raw.{raw.name}", {}))
    for raw in fresh:
        meanings = {c.name: c.meaning for c in raw.columns}
        _document(con, f"raw.{raw.name}", raw.meaning, meanings, declared(raw.columns))
        _remember(con, f"raw.{raw.name}", raw.meaning, columns=meanings, known=_known_raw(raw))
    return known


def _known(con: duckdb.DuckDBPyConnection) -> dict[str, _Known]:
    rows = con.execute("select name, fingerprint, documentation from raw.models").fetchall()
    return {name: _Known(fingerprint, text) for name, fingerprint, text in rows}


def _known_raw(raw: RawTable) -> _Known:
    return _Known(raw.fingerprint, raw.fingerprint)


def _known_model(model: Model) -> _Known:
    return _Known(model.fingerprint, _documentation(model))


def _known_view(view: View) -> _Known:
    return _Known(view.fingerprint, view.documentation)


def _raw_table(con: duckdb.DuckDBPyConnection, raw: RawTable, present: Types) -> None:
    """Make the table, or give it the columns that a newer version has more."""
    wanted = declared(raw.columns)
    if not present:
        create(con, f"raw.{raw.name}", wanted)
    for column in wanted.keys() - present.keys() if present else ():
        con.execute(f"alter table raw.{raw.name} add column {quoted(column)} {wanted[column]}")


def _model(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    types: Types,
    known: _Known | None,
    *,
    is_other: bool,
) -> bool:
    """Bring one model's table or macro up to date; whether its table was made anew."""
    now = _known_model(model)
    if not is_other and known == now:
        return False
    if model.day is None:
        drop(con, model.name)  # an older version may have computed it by the day
        con.execute(macro_sql(model))
    elif is_other:
        _recreate(con, model, types)
    if model.day and (is_other or known is None or known.documentation != now.documentation):
        for name in (model.name, *_superseded(model)):
            _document(con, name, model.meaning, model.columns, types)
    _remember(
        con,
        model.name,
        model.meaning,
        columns={c: model.columns[c] for c in types},
        known=now,
        model=model,
    )
    return is_other


def _recreate(con: duckdb.DuckDBPyConnection, model: Model, types: Types) -> None:
    drop(con, model.name)
    for name in (model.name, *_superseded(model)):
        create(con, name, types)
        con.execute(f"alter table {name} set partitioned by ({quoted(model.day or '')})")


def _superseded(model: Model) -> list[str]:
    moves = [t.name for t in TABLES.values() if t.moves]
    return [f"core.superseded_{name}" for name in moves if model.name == f"core.{name}"]


def _documentation(model: Model) -> str:
    """Changes with what the header says; a window mart's arguments are a part of its macro."""
    arguments = [asdict(a) for a in model.arguments]
    text = json.dumps([model.meaning, model.grain, dict(model.columns), arguments])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _remember(
    con: duckdb.DuckDBPyConnection,
    name: str,
    meaning: str,
    *,
    columns: Mapping[str, str],
    known: _Known,
    model: Model | None = None,
) -> None:
    con.execute("delete from raw.models where name = ?", [name])
    con.execute(
        "insert into raw.models by name select ? as name, ? as meaning, ? as grain, "
        "? as day_column, ? as arguments, ? as columns, ? as fingerprint, ? as documentation, "
        "? as sql, ? as gridlens_version",
        [
            name,
            meaning,
            ", ".join(model.grain) if model else None,
            model.day if model else None,
            ", ".join(f"{a.name} := {a.default}" for a in model.arguments) if model else None,
            json.dumps(dict(columns)),
            known.fingerprint,
            known.documentation,
            model.sql if model else None,
            VERSION,
        ],
    )


def _document(
    con: duckdb.DuckDBPyConnection,
    name: str,
    meaning: str,
    columns: Mapping[str, str],
    types: Types,
) -> None:
    con.execute(f"comment on table {name} is {literal(meaning)}")
    for column in types:
        comment = literal(columns[column])
        con.execute(f"comment on column {name}.{quoted(column)} is {comment}")


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Column types of every table and view of the lake."""
    found: dict[str, dict[str, str]] = {}
    for name, column, type_ in con.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'lake' order by schema_name, table_name, column_index"
    ).fetchall():
        found.setdefault(name, {})[column] = type_
    return found

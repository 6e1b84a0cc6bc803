"""The heavy half of a load: one day of one model, computed and checked outside the lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from gridlens.errors import ContractBroken, ModelError
from gridlens.tables.checksum import checksum_sql
from gridlens.tables.identifiers import literal, quoted
from gridlens.warehouse.model import Model
from gridlens.warehouse.staleness import ComputedDay, Input, State
from gridlens.window import Day

_SHOWN_KEYS = 3


@dataclass(frozen=True)
class Warned:
    """A rule of a model that some rows of a day do not keep."""

    rule: str
    rows: int
    of_rows: int
    keys: str


@dataclass(frozen=True)
class Staged:
    """One computed day of a model, on disk, ready to be loaded.

    Attributes:
        model: name of the table.
        day_column: of that table.
        day: the day.
        model_fingerprint: of the SELECT that made it.
        path: Parquet file with its rows.
        rows: how many.
        checksum: of the rows.
        warnings: rules that some rows do not keep.
    """

    model: str
    day_column: str
    day: date
    model_fingerprint: str
    path: Path
    rows: int
    checksum: str
    warnings: tuple[Warned, ...] = ()

    def computed(
        self,
        inputs: Sequence[Input],
        *,
        snapshot: int,
        state: State = "complete",
        reading: str = "",
    ) -> ComputedDay:
        """The ledger's record of this day, made from these inputs."""
        return ComputedDay(
            table=self.model,
            day=self.day,
            state=state,
            inputs=tuple(sorted(inputs, key=lambda i: (i.table, str(i.day)))),
            model_fingerprint=self.model_fingerprint,
            reading=reading,
            rows=self.rows,
            checksum=self.checksum,
            snapshot=snapshot,
        )


def stage(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    day: Day,
    inputs: Mapping[str, str],
    staging: Path,
) -> Staged:
    """Compute one day of a model into a Parquet file below ``staging``.

    Args:
        con: a reader of the lake; this puts its own catalog in use.
        model: a model with a day column.
        day: the day to compute.
        inputs: for each table that the model reads, the SELECT that stands for it.
        staging: an existing folder.

    Raises:
        ModelError: an input is missing, or the SELECT fails.
        ContractBroken: rows break a ``fail`` rule, the grain repeats, or a row is of another day.
    """
    if model.day is None:
        raise ModelError(f"{model.name} is a window mart: nothing of it is computed by day")
    _show_inputs(con, model, inputs)
    path = staging / f"{model.name}.{day}.parquet"
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    select = model.bound({"day": f"date '{day}'"})
    # No sort: slices come sorted by key, and row groups stay narrow enough to skip by it.
    target = f"to {literal(str(unfinished))} (format parquet, compression zstd)"
    _run(con, model, f"copy ({select}) {target}")
    unfinished.replace(path)
    con.execute(
        f"create or replace view staged as select * from read_parquet({literal(str(path))})"
    )
    rows, checksum, warnings = _judge(con, model, day, path)
    return Staged(
        model.name, model.day, day.date, model.fingerprint, path, rows, checksum, warnings
    )


def _show_inputs(con: duckdb.DuckDBPyConnection, model: Model, inputs: Mapping[str, str]) -> None:
    """Give the model its inputs under the names it reads, in a catalog of its own."""
    if set(inputs) != set(model.reads):
        raise ModelError(
            f"{model.name} reads {', '.join(model.reads) or 'nothing'}, "
            f"but was given {', '.join(inputs) or 'nothing'}"
        )
    con.execute("use memory")
    for schema in ("raw", "core", "mart"):
        # What an earlier model was given must not stand in for what this one forgot to declare.
        con.execute(f"drop schema if exists {schema} cascade")
        con.execute(f"create schema {schema}")
    for name, select in inputs.items():
        _run(con, model, f"create view {name} as {select}")


def _judge(
    con: duckdb.DuckDBPyConnection, model: Model, day: Day, path: Path
) -> tuple[int, str, tuple[Warned, ...]]:
    """Rows, checksum and warnings of what was staged, all but the grain in one pass over it."""
    columns = [row[0] for row in con.execute("describe staged").fetchall()]
    fails = (*model.fails, f"{quoted(model.day or '')} = date '{day}'")
    rules = (*fails, *model.warns)
    counts = ", ".join(f"count(*) filter (where ({rule}) is not true)" for rule in rules)
    counted = f"select count(*), {checksum_sql(columns)}, [{counts}] from staged"
    ((rows, checksum, tripped),) = _run(con, model, counted)
    broken = _tripped(con, model, zip(fails, tripped, strict=False), rows)
    broken += _repeated(con, model, rows)
    if broken:
        first = broken[0]
        raise ContractBroken(
            f"{model.name} {day}: {first.rows} of {first.of_rows} rows break the rule "
            f"'{first.rule}' (first: {first.keys}). Nothing was loaded; "
            f"the computed rows are in {path}"
        )
    warned = zip(model.warns, tripped[len(fails) :], strict=True)
    return rows, checksum, tuple(_tripped(con, model, warned, rows))


def _tripped(
    con: duckdb.DuckDBPyConnection, model: Model, counts: Iterable[tuple[str, int]], rows: int
) -> list[Warned]:
    """The rules that some rows do not keep, with the first of these rows."""
    return [
        Warned(rule, number, rows, _first_keys(con, model, f"({rule}) is not true"))
        for rule, number in counts
        if number
    ]


def _repeated(con: duckdb.DuckDBPyConnection, model: Model, rows: int) -> list[Warned]:
    grain = ", ".join(quoted(c) for c in model.grain)
    select = f"select {grain} from staged group by {grain} having count(*) > 1"
    repeated = con.execute(f"select count(*) from ({select})").fetchone()
    if not repeated or not repeated[0]:
        return []
    first = con.execute(f"{select} order by {grain} limit {_SHOWN_KEYS}").fetchall()
    return [Warned(f"one row a {', '.join(model.grain)}", repeated[0], rows, _keys(model, first))]


def _first_keys(con: duckdb.DuckDBPyConnection, model: Model, condition: str) -> str:
    grain = ", ".join(quoted(c) for c in model.grain)
    select = f"select {grain} from staged where {condition} order by {grain}"
    return _keys(model, con.execute(f"{select} limit {_SHOWN_KEYS}").fetchall())


def _keys(model: Model, rows: Sequence[tuple[object, ...]]) -> str:
    named = (zip(model.grain, row, strict=True) for row in rows)
    return "; ".join(", ".join(f"{name}={value}" for name, value in row) for row in named)


def _run(con: duckdb.DuckDBPyConnection, model: Model, statement: str) -> list[tuple[Any, ...]]:
    try:
        return con.execute(statement).fetchall()
    except (duckdb.IOException, duckdb.OutOfMemoryException):
        raise  # the machine's trouble, not the model's: it keeps its own name
    except duckdb.Error as error:
        raise ModelError(f"{model.name}: its SELECT fails: {error}") from error

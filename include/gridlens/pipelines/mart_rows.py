"""One mart over a window, as SQL and as rows: the only way figures, report and notebooks ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb

from gridlens.errors import InputError, NotFound
from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.tables.identifiers import literal
from gridlens.warehouse import Argument, Model, is_damage
from gridlens.window import Window


def mart_model(name: str) -> Model:
    """The model of a table or window mart.

    Raises:
        InputError: there is none of that name.
    """
    found = models(V1).get(name)
    if found is None:
        raise InputError(f"there is no '{name}' in the warehouse: docs/warehouse.md lists all")
    return found


def require_known(arguments: Mapping[str, str]) -> None:
    """Refuse a filter that no mart takes: a misspelt one must not pass for none.

    Raises:
        InputError: there is no such filter, or no mart takes this value of it.
    """
    known: dict[str, list[Argument]] = {}
    for model in models(V1).values():
        for argument in model.arguments:
            known.setdefault(argument.name, []).append(argument)
    for name, value in arguments.items():
        if name not in known:
            raise InputError(f"no mart takes '{name}'; there are: {', '.join(sorted(known))}")
        if not any(argument.allows(value) for argument in known[name]):
            allowed = max((a.allowed or "" for a in known[name]), key=len)
            raise InputError(f"no mart takes {name}={value}; it may be one of {allowed}")


def known_arguments(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Of the arguments given, those that the mart takes, with values that it takes."""
    taken = {argument.name: argument for argument in mart_model(name).arguments}
    return {key: value for key, value in given.items() if key in taken and taken[key].allows(value)}


def asked_in_words(name: str, window: Window, arguments: Mapping[str, str]) -> str:
    """Which rows a mart is asked for: ``2025-04-01..2025-04-09, user jobs, at_site BNL-ATLAS``."""
    defaults = {a.name: a.default.strip("'") for a in mart_model(name).arguments}
    asked = {**defaults, **arguments}
    population = asked.pop("population", None)
    others = [f"{key} {value}" for key, value in asked.items() if value != defaults[key]]
    return ", ".join([str(window), *([f"{population} jobs"] if population else []), *others])


def mart_query(
    name: str,
    window: Window,
    arguments: Mapping[str, str] | None = None,
    order: str | None = None,
) -> str:
    """The query of a mart's rows in a window, in an order that is always the same.

    Args:
        name: ``mart.activity_matches``, or a table that is kept by the day.
        window: the days.
        arguments: of a window mart.
        order: SQL after ``order by``, with a ``limit`` if it has one; the grain follows.
    """
    model = mart_model(name)
    first, end = f"date '{window.first}'", f"date '{window.end}'"
    if model.day:
        rows = f"select * from {name} where {model.day} >= {first} and {model.day} < {end}"
    else:
        named = [f"{key} := {literal(value)}" for key, value in (arguments or {}).items()]
        rows = f"select * from {name}({', '.join([first, end, *named])})"
    keys, _, limit = (order or "").partition("limit ")
    ordered = ", ".join([*filter(None, [keys.strip()]), *model.grain])
    return f"{rows} order by {ordered}" + (f" limit {limit}" if limit else "")


def selected(lake: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Ask; the answer is to be fetched from what is returned.

    Raises:
        InputError: the warehouse does not take the query, such as a filter of no such value.
        NotFound: it lacks a table that this version of the program knows.
        duckdb.Error: the machine's trouble (memory, disk), under its own name.
    """
    try:
        return lake.execute(query)
    except duckdb.CatalogException as error:
        raise NotFound(
            f"the warehouse is of another version: `gridlens settle` brings it up to date ({error})"
        ) from error
    except duckdb.ProgrammingError as error:
        if is_damage(error):
            raise  # the question is not at fault
        raise InputError(f"the warehouse does not take this query: {error}: {query}") from error


def rows_of(lake: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column; fails as ``selected`` does."""
    found = selected(lake, query)
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def snapshot(lake: duckdb.DuckDBPyConnection) -> tuple[int, datetime]:
    """The state that a reader reads: its number, and when it was written, in UTC."""
    found = lake.execute(
        "select snapshot_id, date_trunc('second', snapshot_time at time zone 'UTC') "
        "from lake.snapshots() where snapshot_id = (select id from lake.current_snapshot())"
    ).fetchone()
    if found is None:
        raise NotFound("the warehouse has no state yet: load a day first, `gridlens run-day DAY`")
    return int(found[0]), found[1]

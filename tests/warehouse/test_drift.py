"""What drifted depends on which days are there, not on the order in which they came."""

from __future__ import annotations

import json
from datetime import date
from itertools import permutations

import duckdb
import pytest

from gridlens.warehouse.drift import DRIFT

FIRST = {"pandaid": "number", "attemptnr": "number", "usr": "text"}
SECOND = {"pandaid": "number", "attemptnr": "number text", "surprise": "object"}
THIRD = {"pandaid": "number", "attemptnr": "number", "surprise": ""}
DAYS = {1: FIRST, 2: SECOND, 3: THIRD}


def events(days: dict[int, dict[str, str]]) -> list[tuple[int, str, str]]:
    with duckdb.connect() as con:
        con.execute("create schema raw")
        con.execute("create table raw.slices (table_name text, day date, state text, fields text)")
        for day, fields in days.items():
            row = ["jobs", date(2025, 4, day), "complete", json.dumps(fields)]
            con.execute("insert into raw.slices values (?, ?, ?, ?)", row)
        con.execute(f"create view {DRIFT.name} as {DRIFT.sql}")
        query = "select day(day), kind, field from raw.drift_events order by all"
        return con.execute(query).fetchall()


@pytest.mark.bar(15)
def test_a_field_that_comes_goes_or_changes_its_kind_is_an_event() -> None:
    assert events(DAYS) == [
        (2, "missing", "usr"),
        (2, "new", "surprise"),
        (2, "retyped", "attemptnr"),
    ]


@pytest.mark.parametrize("order", list(permutations(DAYS)))
def test_the_order_of_loading_does_not_matter(order: tuple[int, ...]) -> None:
    assert events({day: DAYS[day] for day in order}) == events(DAYS)


def test_the_first_day_of_a_table_has_no_events() -> None:
    assert events({1: FIRST}) == []


def test_a_day_is_held_against_the_latest_earlier_one_that_is_there() -> None:
    assert events({1: FIRST, 3: THIRD}) == [(3, "missing", "usr"), (3, "new", "surprise")]

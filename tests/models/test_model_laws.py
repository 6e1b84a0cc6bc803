"""What holds of every SQL model that comes with the package."""

from __future__ import annotations

import re

import duckdb
import pytest
import sqlglot
from model_files import Types, arguments, fill, header, model_names, reads, select

from gridlens.tables import TABLES

CORE_TABLES = {
    "jobs",
    "files",
    "transfers",
    "transfer_failures",
    "tasks",
    "datasets",
    "queues",
    "rses",
    "site_aliases",
}
WINDOW_MARTS = [name for name in model_names() if not header(name, "day")]
FILTERS = {
    "population": "user",
    "at_site": "all",
    "in_cloud": "all",
    "at_tier": "all",
    "in_country": "all",
    "with_resource_type": "all",
}


@pytest.mark.parametrize("name", model_names())
def test_a_model_parses_into_spark(name: str) -> None:
    assert len(sqlglot.transpile(select(name), read="duckdb", write="spark")) == 1


@pytest.mark.parametrize("name", model_names())
def test_a_model_documents_the_columns_that_it_gives_and_no_other(
    name: str, column_types: dict[str, Types]
) -> None:
    own = [line.partition(" | ")[0] for line in header(name, "column")]
    like = [c.name for table in header(name, "like") for c in TABLES[table].slice_columns]
    assert sorted(own + like) == sorted(column_types[name])


@pytest.mark.parametrize("name", model_names())
def test_a_model_gives_only_types_that_other_readers_know(
    name: str, column_types: dict[str, Types]
) -> None:
    known = {"BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP", "BOOLEAN", "DATE", "INTEGER", "VARCHAR[]"}
    assert set(column_types[name].values()) <= known


@pytest.mark.parametrize("name", model_names())
def test_rules_hold_of_no_rows_and_bind(name: str, column_types: dict[str, Types]) -> None:
    with duckdb.connect(":memory:") as con:
        fill(con, {name: []}, column_types)
        for rule in header(name, "fail") + header(name, "warn"):
            assert con.execute(f"select count(*) from {name} where ({rule}) is not true").fetchall()


@pytest.mark.parametrize("name", WINDOW_MARTS)
def test_a_window_mart_is_callable_with_its_filters_by_name(
    name: str, column_types: dict[str, Types]
) -> None:
    defaults = "".join(f", {a} := '{value}'" for a, value in arguments(name).items())
    body = re.sub(r"\$(\w+)", r"\1", select(name))
    with duckdb.connect(":memory:") as con:
        fill(con, {table: [] for table in reads(name)}, column_types)
        con.execute(f"create macro {name}(window_start, window_end{defaults}) as table {body}")
        given = "".join(f", {a} := '{value}'" for a, value in arguments(name).items())
        rows = con.execute(f"select * from {name}(date '2025-04-01', date '2025-04-09'{given})")
        assert [column[0] for column in rows.description] == list(column_types[name])


@pytest.mark.parametrize("name", [n for n in WINDOW_MARTS if n != "mart.quality_by_table"])
def test_a_window_mart_takes_the_six_filters_first(name: str) -> None:
    assert list(arguments(name).items())[:6] == list(FILTERS.items())


def test_every_canonical_table_has_its_core_model() -> None:
    assert {f"core.{table}" for table in CORE_TABLES} <= set(model_names())


def test_failed_transfers_are_read_as_good_ones_are() -> None:
    renamed = select("core.transfers").replace("raw.transfers", "raw.transfer_failures")
    assert select("core.transfer_failures") == renamed


def test_failed_transfers_have_the_columns_of_good_ones(column_types: dict[str, Types]) -> None:
    assert column_types["core.transfer_failures"] == column_types["core.transfers"]

"""What holds of every SQL model that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pytest
import sqlglot
from model_files import (
    MODELS,
    WINDOW_MARTS,
    Types,
    arguments,
    fill,
    macros_below,
    tables_below,
)

from gridlens.warehouse.filters import spelled_out
from gridlens.warehouse.macros import macro_sql

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
    "storage_volumes",
}
WITHOUT_FILTERS = {
    "mart.filter_values": "it lists what the filters can be",
    "mart.generator_distributions": "a snapshot tells of all jobs that it learned from",
    "mart.generator_scores": "a snapshot is judged as a whole",
    "mart.generator_snapshots": "a snapshot learned from all jobs of its days",
    "mart.generator_statistics": "a snapshot tells of all jobs that it learned from",
    "mart.quality_by_table": "a rule judges a whole slice of a day",
    "mart.slice_quality": "a measure tells of a whole slice of a day",
    "mart.storage_growth": "a dump of volumes tells data type and project, but no site and no job",
    "mart.task_costs": "a task works on a whole day",
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_parses_into_spark(name: str) -> None:
    assert len(sqlglot.transpile(MODELS[name].sql, read="duckdb", write="spark")) == 1


@pytest.mark.parametrize("name", MODELS)
def test_a_model_documents_the_columns_that_it_gives_and_no_other(
    name: str, column_types: Mapping[str, Types]
) -> None:
    assert sorted(MODELS[name].columns) == sorted(column_types[name])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_gives_only_types_that_other_readers_know(
    name: str, column_types: Mapping[str, Types]
) -> None:
    known = {"BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP", "BOOLEAN", "DATE", "INTEGER", "VARCHAR[]"}
    assert set(column_types[name].values()) <= known


@pytest.mark.parametrize("name", MODELS)
def test_rules_hold_of_no_rows_and_bind(name: str, column_types: Mapping[str, Types]) -> None:
    with duckdb.connect(":memory:") as con:
        fill(con, {name: []}, column_types)
        for rule in MODELS[name].fails + MODELS[name].warns:
            assert con.execute(f"select count(*) from {name} where ({rule}) is not true").fetchall()


@pytest.mark.parametrize("name", WINDOW_MARTS)
def test_a_window_mart_is_callable_with_its_arguments_by_name(
    name: str, column_types: Mapping[str, Types]
) -> None:
    given = "".join(f", {a} := '{value}'" for a, value in arguments(name).items())
    with duckdb.connect(":memory:") as con:
        fill(con, {table: [] for table in tables_below(name)}, column_types)
        for macro in (*macros_below(name), MODELS[name]):
            con.execute(macro_sql(macro))
        rows = con.execute(f"select * from {name}(date '2025-04-01', date '2025-04-09'{given})")
        assert [column[0] for column in rows.description] == list(column_types[name])


@pytest.mark.parametrize("name", [n for n in WINDOW_MARTS if n not in WITHOUT_FILTERS])
def test_a_window_mart_takes_the_filters_of_what_it_tells_of(name: str) -> None:
    assert MODELS[name].filters


def test_every_canonical_table_has_its_core_model() -> None:
    assert {f"core.{table}" for table in CORE_TABLES} <= MODELS.keys()


def test_failed_transfers_are_read_as_good_ones_are() -> None:
    renamed = MODELS["core.transfers"].sql.replace("raw.transfers", "raw.transfer_failures")
    assert MODELS["core.transfer_failures"].sql == renamed


def test_failed_transfers_have_the_columns_of_good_ones(column_types: Mapping[str, Types]) -> None:
    assert column_types["core.transfer_failures"] == column_types["core.transfers"]


def test_a_mart_hands_its_window_and_filters_on_by_one_name() -> None:
    assert spelled_out("from mart.x($same_transfers, method := $method)") == (
        "from mart.x($window_start, $window_end, at_site := $at_site, in_cloud := $in_cloud, "
        "at_tier := $at_tier, in_country := $in_country, with_activity := $with_activity, "
        "method := $method)"
    )

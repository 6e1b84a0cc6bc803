from datetime import date, datetime

import pytest
import sqlglot

from gridlens.matching import V1, Reading, candidates_sql, flags_sql, lookback_bound, model_text
from gridlens.window import Day

COLUMNS = {
    "job_columns": ["site"],
    "file_columns": ["destinationdblock"],
    "transfer_columns": ["proddblock", "pandaid"],
}
OTHER = Reading(sum_over="all_files", sum_scope="whole", lookback_days=None, require_task=False)


@pytest.mark.parametrize("reading", [V1, OTHER], ids=Reading.text)
@pytest.mark.parametrize("make", [flags_sql, candidates_sql])
def test_sql_parses_into_spark(make, reading):
    sql = make(reading, **COLUMNS)
    assert sqlglot.parse_one(sqlglot.transpile(sql, read="duckdb", write="spark")[0], read="spark")


def test_model_parses_into_spark_and_reads_what_its_header_says():
    tree = sqlglot.parse_one(
        sqlglot.transpile(model_text(), read="duckdb", write="spark")[0], "spark"
    )
    tables = {f"{t.db}.{t.name}" for t in tree.find_all(sqlglot.exp.Table) if t.db}
    assert tables == {"core.jobs", "core.files", "core.transfers"}


def test_model_documents_the_columns_it_gives():
    documented = [
        line.split(": ")[1].split(" | ")[0]
        for line in model_text().splitlines()
        if line.startswith("-- column: ")
    ]
    assert documented == sqlglot.parse_one(model_text(), read="duckdb").named_selects


def test_model_stores_its_reading():
    assert f"'{OTHER.text()}' as reading" in model_text(OTHER)


@pytest.mark.parametrize(
    ("reading", "day"),
    [(V1, Day(date(2025, 3, 25))), (Reading(lookback_days=0), Day(date(2025, 4, 1)))],
)
def test_first_day_of_transfers_lies_the_lookback_before_the_oldest_creation(reading, day):
    assert lookback_bound(reading, datetime.fromisoformat("2025-04-01 00:00:01")) == day


def test_without_a_lookback_there_is_no_first_day():
    assert lookback_bound(Reading(lookback_days=None), datetime.fromisoformat("2025-04-01")) is None

"""How marts are asked, and what becomes of a question that the warehouse does not answer."""

from __future__ import annotations

import duckdb
import pytest

from gridlens.errors import InputError, NotFound
from gridlens.pipelines.mart_rows import asked_in_words, rows_of
from gridlens.window import Window

WINDOW = Window.parse("2025-04-01", "2025-04-09")


def test_days_jobs_and_filters_of_a_question_are_told_in_words() -> None:
    shares = "mart.job_status_shares"
    assert asked_in_words(shares, WINDOW, {}) == "2025-04-01..2025-04-09, user jobs"
    filters = {"population": "all", "at_site": "BNL-ATLAS", "at_tier": "all"}
    told = "2025-04-01..2025-04-09, all jobs, at_site BNL-ATLAS"
    assert asked_in_words(shares, WINDOW, filters) == told
    assert asked_in_words("mart.daily_jobs", WINDOW, {}) == "2025-04-01..2025-04-09"


def test_a_question_that_is_wrong_is_the_askers_to_mend() -> None:
    with duckdb.connect(":memory:") as con:
        with pytest.raises(InputError, match="does not take this query"):
            rows_of(con, "select nothing from range(3)")
        with pytest.raises(InputError, match="does not take this query"):
            rows_of(con, "select from where")
        with pytest.raises(NotFound, match="of another version"):
            rows_of(con, "from mart.made_later")


def test_trouble_of_the_machine_keeps_its_own_name() -> None:
    limits = {"memory_limit": "10MB", "temp_directory": ""}
    with duckdb.connect(":memory:", config=limits) as con:
        with pytest.raises(duckdb.OutOfMemoryException):
            rows_of(con, "select list(range) from range(10_000_000)")
        with pytest.raises(duckdb.IOException):
            rows_of(con, "from read_parquet('/nonexistent/rows.parquet')")

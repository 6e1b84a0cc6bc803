"""What becomes of a question that the warehouse does not answer."""

from __future__ import annotations

import duckdb
import pytest

from gridlens.errors import InputError, NotFound
from gridlens.pipelines.mart_rows import rows_of


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

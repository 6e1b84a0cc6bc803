"""Window marts, called as analysts call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.warehouse import Lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder: Path = tmp_path_factory.mktemp("lake")
    made = Lake(folder / "warehouse", folder / "slices")
    made.initialise(models(V1).values())
    with made.reader() as con:
        yield con


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("'2025-04-01', '2025-04-02', method := 'RM1'", "method must be such that .* 'RM1'|RM1"),
        ("'2025-04-01', '2025-04-02', population := 'prod'", "population must be such that"),
        ("'2025-04-02', '2025-04-01'", "window_end must be such that"),
        ("'2025-04-01 06:00', '2025-04-01 12:00'", "window_end must be such that"),
    ],
    ids=["method", "population", "reversed", "hours"],
)
def test_an_argument_that_cannot_be_is_an_error_and_no_zero(
    lake: duckdb.DuckDBPyConnection, arguments: str, says: str
) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=says):
        lake.sql(f"from mart.activity_matches({arguments})").fetchall()


def test_an_empty_window_has_rows_of_zero_and_no_ratio(lake: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select total_count, matched_ratio from mart.activity_matches('2025-04-01', '2025-04-02')"
    )
    assert lake.sql(query).fetchall() == [(0, None)] * 7

"""A reader of a former state sees its tables and window marts as they were then."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_lake import JOBS, STATUSES, Lake, a_lake, load_jobs, rows

from gridlens.errors import NotFound
from gridlens.warehouse import Model

ASKED = "from mart.shares(date '2025-04-01', date '2025-04-02')"
OTHER_SHARES = Model.parse(
    """-- Jobs of all days.
-- grain: jobstatus
-- reads: core.jobs
-- column: jobstatus | state
-- column: jobs | how many
select 'any' as jobstatus, count(*) as jobs
from core.jobs
""",
    "mart.shares",
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0)])
    return lake


@pytest.mark.parametrize("never", [999_999, -1])
def test_a_state_that_the_lake_never_had_is_not_found(lake: Lake, never: int) -> None:
    with pytest.raises(NotFound, match=f"has no state {never}: .*lists those that it has"):
        lake.reader(never)


def test_rows_that_came_later_and_a_later_text_of_a_mart_are_not_seen(
    lake: Lake, tmp_path: Path
) -> None:
    then = lake.snapshot()
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "failed", 0), (2, "failed", 0)])
    lake.initialise((JOBS, STATUSES, OTHER_SHARES))
    assert rows(lake, ASKED) == [("any", 2)]
    with lake.reader(then) as con:
        assert con.execute(ASKED).fetchall() == [("finished", 1)]

"""Files of days that their index no longer has: kept or unavailable, never recorded as gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from indexed_grid import DAYS, Grid

from gridlens.errors import SourceUnavailable
from gridlens.pipelines import extract

DAY = DAYS[0]
ALL_OF_IT, HALF_OF_IT = "2025-04-02T12:00:00", "2025-04-01T12:00:00"
EVER = "2100-01-01T00:00:00"
OLD = {"pandaid": 1, "fileid": 1, "lfn": "old.root", "modificationtime": "2025-03-30 10:00:00"}


@pytest.mark.parametrize("forgotten", [ALL_OF_IT, HALF_OF_IT])
def test_files_that_were_read_before_stay(grid: Grid, forgotten: str) -> None:
    for table in ("jobs", "files"):
        extract(grid.settings, table, DAY)
    before = grid.manifest("files", DAY)
    grid.bound()
    grid.forget("files", forgotten)

    report = extract(grid.settings, "files", DAY)

    assert grid.manifest("files", DAY) == before
    assert before.gone == 0
    (note,) = report.notes
    assert note.startswith(f"the first document of {grid.prefix}-files is of 2025-04-0")
    assert note.endswith("the slice that was read earlier is kept as it is")


@pytest.mark.parametrize(
    ("forgotten", "state"), [(ALL_OF_IT, "unavailable"), (HALF_OF_IT, "complete")]
)
def test_files_that_were_never_read_are_unavailable_unless_some_are_left(
    grid: Grid, tmp_path: Path, forgotten: str, state: str
) -> None:
    grid.bound()
    grid.forget("files", forgotten)
    fresh = grid.elsewhere(tmp_path / "fresh")
    extract(fresh.settings, "jobs", DAY)

    extract(fresh.settings, "files", DAY)

    assert fresh.manifest("files", DAY).state == state


def test_files_of_a_day_that_the_index_reaches_are_read_again(grid: Grid) -> None:
    grid.bound()
    for table in ("jobs", "files"):
        extract(grid.settings, table, DAYS[1])
    before = grid.manifest("files", DAYS[1])
    _, job = next(iter(grid.jobs(DAYS[1]).items()))
    late = {"pandaid": job["pandaid"], "fileid": 999, "lfn": "late.root", "type": "input"}
    grid.put("files", {"late": late})

    assert extract(grid.settings, "files", DAYS[1]).notes == ()

    assert grid.manifest("files", DAYS[1]).fetched == before.fetched + 1


def test_files_that_no_newer_ones_follow_may_only_be_too_early(grid: Grid) -> None:
    extract(grid.settings, "jobs", DAY)
    grid.forget("files", EVER)
    grid.put("files", {"old": OLD})

    with pytest.raises(SourceUnavailable, match="nothing is there of 2025-04-01 or later"):
        extract(grid.settings, "files", DAY)


def test_files_of_a_day_without_jobs_are_none_whatever_follows(grid: Grid) -> None:
    day = DAY.plus(-1)
    grid.bound(f'begins = "{day}"')
    extract(grid.settings, "jobs", day)
    grid.forget("files", EVER)

    extract(grid.settings, "files", day)

    assert grid.manifest("files", day).state == "empty"

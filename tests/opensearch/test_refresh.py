"""What a refresh notices, what it leaves alone, and that all orders end in one warehouse."""

from __future__ import annotations

import json
from pathlib import Path

from indexed_grid import DAYS, Grid

from gridlens.pipelines import refresh, settle

LATER = "2025-04-20 00:00:00"


def read_again(grid: Grid) -> tuple[str, ...]:
    return refresh(grid.settings, DAYS[2]).notes


def test_what_was_never_extracted_is_extracted_and_then_left_alone(grid: Grid) -> None:
    first = refresh(grid.settings, DAYS[1], days=2)
    assert first.numbers == {"looked at": 4, "extracted again": 4}
    assert read_again(grid) == tuple(
        f"{table} {DAYS[2]}: had not been extracted" for table in ("jobs", "files")
    )
    assert read_again(grid) == ()


def test_a_job_that_changed_brings_its_day_alone(grid: Grid) -> None:
    read_again(grid)
    name, job = next(iter(grid.jobs(DAYS[1]).items()))
    grid.put("jobs", {name: job | {"modificationtime": LATER, "jobstatus": "closed"}})
    assert read_again(grid) == (f"jobs {DAYS[1]}: some documents have changed",)
    assert read_again(grid) == ()


def test_a_change_below_the_newest_one_is_noticed(grid: Grid) -> None:
    (name, job), (other, newest), *_ = grid.jobs(DAYS[1]).items()
    grid.put("jobs", {other: newest | {"modificationtime": LATER}})
    read_again(grid)
    grid.put("jobs", {name: job | {"modificationtime": "2025-04-10 00:00:00"}})
    assert read_again(grid) == (f"jobs {DAYS[1]}: some documents have changed",)
    assert read_again(grid) == ()


def test_a_manifest_that_knows_no_sum_is_compared_by_the_rest(grid: Grid) -> None:
    read_again(grid)
    path = grid.settings.slices / "jobs" / f"{DAYS[1]}.json"
    known = json.loads(path.read_text())
    assert known.pop("changed_sum") > 0
    path.write_text(json.dumps(known))
    assert read_again(grid) == ()


def test_files_follow_jobs_that_came_late(grid: Grid) -> None:
    read_again(grid)
    _, job = next(iter(grid.jobs(DAYS[0]).items()))
    before = grid.manifest("jobs", DAYS[0]).fetched
    grid.put("jobs", {"late": job | {"pandaid": 999}})
    grid.put("files", {"late": {"pandaid": 999, "fileid": 1, "lfn": "late.root", "type": "input"}})
    assert read_again(grid) == (
        f"jobs {DAYS[0]}: {before} documents became {before + 1}",
        f"files {DAYS[0]}: its jobs are others now",
    )


def test_days_beyond_the_source_or_out_of_its_reach_stay_as_they_are(grid: Grid) -> None:
    read_again(grid)
    grid.bound(f'ends = "{DAYS[1]}"')
    before = {table: grid.manifest(table, DAYS[0]) for table in ("jobs", "files")}
    for table in before:
        grid.forget(table, "2025-04-01T12:00:00")
    report = refresh(grid.settings, DAYS[2])
    assert report.numbers["out of reach"] == 1
    assert {table: grid.manifest(table, DAYS[0]) for table in before} == before
    assert all(str(DAYS[2]) not in note for note in report.notes)


def test_a_changed_job_ends_in_one_warehouse_in_any_order(grid: Grid, tmp_path: Path) -> None:
    grid.run()
    settle(grid.settings)
    (name, job), (other, moved), *_ = grid.jobs(DAYS[0]).items()
    changed = {"modificationtime": LATER, "jobstatus": "closed"}
    grid.put("jobs", {name: job | changed})
    # The archive writes a record that grew into the index of its new day, beside the old one.
    late = {"endtime": f"{DAYS[1]} 23:00:00", "statechangetime": f"{DAYS[1]} 23:00:00"}
    grid.put("jobs", {f"{other}-again": moved | changed | late})
    assert len(read_again(grid)) == 3
    assert settle(grid.settings).numbers["load"] == 2
    assert settle(grid.settings).numbers | {"files removed": 0} == {
        "load": 0,
        "match": 0,
        "indicators": 0,
        "files removed": 0,
    }
    after = grid.elsewhere(tmp_path / "other")
    after.run(reversed(DAYS))
    settle(after.settings)
    ids = f"({job['pandaid']}, {moved['pandaid']})"
    query = f"select jobstatus, job_day from core.jobs where pandaid in {ids} order by job_day"
    assert grid.ask(query) == [("closed", DAYS[0].date), ("closed", DAYS[1].date)]
    assert after.checksums() == grid.checksums()

"""What a refresh notices, what it leaves alone, and that all orders end in one warehouse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from indexed_grid import DAYS, Grid

from gridlens.endpoint import Endpoint
from gridlens.errors import SourceUnavailable, Unsettled
from gridlens.pipelines import extract, refresh, settle
from gridlens.slices import SliceStore

LATER = "2025-04-20 00:00:00"


def point_elsewhere(grid: Grid, table: str, key: str, value: str) -> None:
    """Give the entry of a table another endpoint or index."""
    head, entry = grid.settings.sources.read_text().split(f"[[{table}]]")
    entry = re.sub(f'(?m)^{key} = ".*"$', f'{key} = "{value}"', entry, count=1)
    grid.settings.sources.write_text(f"{head}[[{table}]]{entry}")


def read_again(grid: Grid) -> tuple[str, ...]:
    return refresh(grid.settings, DAYS[2]).notes


def test_what_was_never_extracted_is_extracted_and_then_left_alone(grid: Grid) -> None:
    first = refresh(grid.settings, DAYS[1], days=2)
    assert first.numbers == {"looked at": 4, "extracted again": 4}
    assert read_again(grid) == tuple(
        f"{table} {DAYS[2]}: had not been extracted" for table in ("jobs", "files")
    )
    assert read_again(grid) == ()


def test_a_table_that_fails_keeps_no_other_from_being_read_and_is_named(grid: Grid) -> None:
    read_again(grid)
    _, job = next(iter(grid.jobs(DAYS[0]).items()))
    late = {"pandaid": job["pandaid"], "fileid": 999, "lfn": "late.root", "type": "input"}
    grid.put("files", {"late": late})
    before = grid.manifest("files", DAYS[0]).fetched
    point_elsewhere(grid, "jobs", "index", "nowhere")
    with pytest.raises(Unsettled, match=r"^3 could not be looked at") as raised:
        read_again(grid)
    assert all(f"jobs {day}: " in str(raised.value) for day in DAYS)
    assert "nowhere" in str(raised.value)
    assert grid.manifest("files", DAYS[0]).fetched == before + 1


def test_where_one_of_two_failures_may_pass_the_refresh_is_to_be_tried_again(grid: Grid) -> None:
    read_again(grid)
    point_elsewhere(grid, "jobs", "index", "nowhere")
    point_elsewhere(grid, "files", "endpoint", "silent")
    silent = Endpoint("silent", ("http://127.0.0.1:9",), patience_s=0.1)
    endpoints = {**grid.settings.endpoints, "silent": silent}
    with pytest.raises(SourceUnavailable, match=r"jobs 2025-04-03: .*; files 2025-04-03: "):
        refresh(replace(grid.settings, endpoints=endpoints), DAYS[2])


def test_a_job_that_changed_brings_its_day_alone(grid: Grid) -> None:
    read_again(grid)
    name, job = next(iter(grid.jobs(DAYS[1]).items()))
    grid.put("jobs", {name: job | {"modificationtime": LATER, "jobstatus": "closed"}})
    assert read_again(grid) == (f"jobs {DAYS[1]}: some documents have changed",)
    assert read_again(grid) == ()


def test_files_of_a_pruned_day_are_left_alone_while_its_jobs_are_not_read_again(grid: Grid) -> None:
    read_again(grid)
    store = SliceStore(grid.settings.slices)
    for table in ("jobs", "files"):
        store.prune(table, DAYS[0])
    assert read_again(grid) == ()
    assert grid.manifest("files", DAYS[0]).pruned


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


def test_the_first_day_of_an_index_is_read_again_when_it_has_more(grid: Grid) -> None:
    grid.bound()
    grid.forget("jobs", "2025-04-01T12:00:00")
    read_again(grid)
    _, job = next(iter(grid.jobs(DAYS[0]).items()))
    before = grid.manifest("jobs", DAYS[0]).fetched
    grid.put("jobs", {"late": job | {"pandaid": 999, "endtime": f"{DAYS[0]} 18:00:00"}})
    assert read_again(grid)[0] == f"jobs {DAYS[0]}: {before} documents became {before + 1}"
    assert read_again(grid) == ()


@pytest.mark.parametrize("state", ["unavailable", "empty"])
def test_a_first_day_without_documents_is_read_when_it_has_some(grid: Grid, state: str) -> None:
    day, late = DAYS[0], next(iter(grid.jobs(DAYS[0]).values()))
    grid.forget("jobs", f"{DAYS[1]}T00:00:00")
    grid.bound('begins = "2025-04-01"' if state == "empty" else "")
    extract(grid.settings, "jobs", day)
    assert grid.manifest("jobs", day).state == state
    grid.bound()
    assert refresh(grid.settings, day, days=1).notes == ()
    grid.put("jobs", {"late": late})
    assert refresh(grid.settings, day, days=1).notes[0].startswith(f"jobs {day}: ")
    assert grid.manifest("jobs", day).fetched == 1


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
    # The two, and the day after them, whose measures are compared with theirs.
    assert settle(grid.settings).numbers["load"] == 3
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

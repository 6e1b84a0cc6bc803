"""One transaction replaces days: what stays, what moves, what is refused."""

from datetime import date
from itertools import permutations
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_lake import Job, Lake, a_lake, load_jobs, rows, stage_jobs

from gridlens.errors import ModelError
from gridlens.tables import JOBS
from gridlens.warehouse import forget_records

FIRST, SECOND, THIRD = "2025-04-01", "2025-04-02", "2025-04-03"
CORE = "select strftime(job_day, '%d'), pandaid, jobstatus from core.jobs order by all"
SUPERSEDED = CORE.replace("core.jobs", "core.superseded_jobs")


def test_a_day_is_replaced_as_a_whole(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, FIRST, [(1, "failed", 0), (2, "failed", 0)])
    load_jobs(lake, tmp_path, SECOND, [(3, "failed", 0)])
    load_jobs(lake, tmp_path, FIRST, [(2, "finished", 1)])
    assert rows(lake, CORE) == [("01", 2, "finished"), ("02", 3, "failed")]
    assert rows(lake, SUPERSEDED) == []


def test_a_day_that_the_ledger_has_forgotten_is_replaced_all_the_same(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0), (2, "finished", 0)])
    forget_records(lake, [("core.jobs", None)])
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0), (3, "failed", 0)])
    assert rows(lake, "select pandaid from core.jobs order by 1") == [(1,), (3,)]


def test_the_newest_record_of_a_job_stays_whichever_day_came_first(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, SECOND, [(1, "finished", 30)])
    load_jobs(lake, tmp_path, FIRST, [(1, "failed", 5), (2, "failed", 5)])
    assert rows(lake, CORE) == [("01", 2, "failed"), ("02", 1, "finished")]
    assert rows(lake, SUPERSEDED) == [("01", 1, "failed")]


def test_a_job_without_its_newest_record_goes_back_to_the_next_newest(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, FIRST, [(1, "failed", 5)])
    load_jobs(lake, tmp_path, SECOND, [(1, "closed", 30)])
    load_jobs(lake, tmp_path, THIRD, [(1, "finished", 60)])
    load_jobs(lake, tmp_path, THIRD, [])
    assert rows(lake, CORE) == [("02", 1, "closed")]
    assert rows(lake, SUPERSEDED) == [("01", 1, "failed")]


def test_of_equally_new_records_the_later_day_has_it(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, SECOND, [(1, "finished", 5)])
    load_jobs(lake, tmp_path, FIRST, [(1, "failed", 5)])
    assert rows(lake, CORE) == [("02", 1, "finished")]


def test_the_ledger_follows_rows_that_move_to_another_day(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, FIRST, [(1, "failed", 5), (2, "failed", 5)])
    load_jobs(lake, tmp_path, SECOND, [(1, "finished", 30)])
    first, second = lake.computed()
    assert (first.rows, second.rows) == (1, 1)
    assert first.checksum == lake.checksum("core.jobs", date(2025, 4, 1))
    assert second.checksum == lake.checksum("core.jobs", date(2025, 4, 2))


DAYS: dict[str, list[Job]] = {
    FIRST: [(1, "failed", 5), (2, "failed", 5), (3, "failed", 50)],
    SECOND: [(1, "finished", 30), (3, "finished", 30), (4, "closed", 30)],
    THIRD: [(1, "closed", 20), (3, "closed", 60), (5, "finished", 60)],
}


@pytest.mark.bar(4)
def test_the_order_of_the_loads_does_not_count(tmp_path: Path) -> None:
    seen = set()
    for number, order in enumerate(permutations(DAYS)):
        lake = a_lake(tmp_path / str(number))
        for day in order:
            load_jobs(lake, tmp_path / str(number), day, DAYS[day])
        seen.add(tuple(sorted(lake.table_checksums().items())))
    assert len(seen) == 1


jobs = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["failed", "finished"]), st.integers(0, 3)),
    max_size=4,
    unique_by=lambda job: job[0],
)


@pytest.mark.bar(3, 4)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), jobs), max_size=6))
def test_the_lake_is_a_function_of_the_last_load_of_each_day(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[Job]]]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    whole, last = a_lake(folder / "whole"), a_lake(folder / "last")
    for day, content in steps:
        load_jobs(whole, folder, day, content)
    for day, content in sorted(dict(steps).items(), reverse=True):
        load_jobs(last, folder, day, content)
    assert whole.table_checksums() == last.table_checksums()


def test_an_attempt_that_was_overtaken_writes_nothing(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    slow = stage_jobs(lake, tmp_path, FIRST, [(1, "old", 0)])
    overtaken = slow.computed([], snapshot=lake.snapshot())
    load_jobs(lake, tmp_path, SECOND, [])
    load_jobs(lake, tmp_path, FIRST, [(1, "new", 1)])
    assert lake.replace([slow], [overtaken], {"slices": [a_slice("jobs")]}) == [overtaken]
    assert rows(lake, CORE) == [("01", 1, "new")]
    assert rows(lake, "from raw.slices") == []


def a_slice(table: str, **more: object) -> dict[str, object]:
    return {"table_name": table, "day": date(2025, 4, 1), "state": "empty", **more}


def test_rows_of_raw_are_replaced_by_table_and_day(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    quarantined = {"table_name": "jobs", "day": date(2025, 4, 1), "reason": "odd"}
    lake.replace(raw_rows={"slices": [a_slice("jobs")], "quarantine": [quarantined] * 2})
    lake.replace(raw_rows={"slices": [a_slice("files")], "quarantine": []})
    assert rows(lake, "select reason from raw.quarantine") == [("odd",), ("odd",)]
    lake.replace(raw_rows={"slices": [a_slice("jobs", state="complete")], "quarantine": []})
    assert rows(lake, "from raw.quarantine") == []
    kept = "select table_name, state from raw.slices order by all"
    assert rows(lake, kept) == [("files", "empty"), ("jobs", "complete")]


def test_a_task_run_taken_in_twice_is_one_row_and_no_part_of_the_checksums(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    before = lake.table_checksums()
    lake.replace(raw_rows={"task_runs": [{"task_run_id": "a", "seconds": 1.5}]})
    lake.replace(raw_rows={"task_runs": [{"task_run_id": n, "seconds": 2.5} for n in "ab"]})
    assert rows(lake, "select sum(seconds) from raw.task_runs") == [(5.0,)]
    assert lake.table_checksums() == before


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("models", {}, "not a table that a load writes"),
        ("things", {}, "not a table that a load writes"),
        ("slices", {"table_name": "jobs", "day": date(2025, 4, 1), "x": 1}, "has no column x"),
    ],
)
def test_rows_that_raw_does_not_know_are_refused(
    tmp_path: Path, name: str, row: dict[str, object], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        a_lake(tmp_path).replace(raw_rows={name: [row]})


def write_slice(lake: Lake, day: str, pandaid: int) -> dict[str, object]:
    name = f"jobs/{day}.{pandaid}.parquet"
    file = lake.place.slices / name
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f"null::{c.type} as {c.name}" for c in JOBS.slice_columns[1:])
    duckdb.sql(f"copy (select {pandaid}::BIGINT as pandaid, {columns}) to '{file}'")
    return a_slice("jobs", day=date.fromisoformat(day), state="complete", file=name)


def test_a_view_of_raw_shows_the_rows_of_the_loaded_slices_with_their_day(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    lake.replace(raw_rows={"slices": [write_slice(lake, FIRST, 1), write_slice(lake, SECOND, 2)]})
    lake.replace(raw_rows={"slices": [write_slice(lake, FIRST, 3)]})
    seen = "select strftime(job_day, '%d'), pandaid from raw.jobs order by all"
    assert rows(lake, seen) == [("01", 3), ("02", 2)]
    lake.replace(raw_rows={"slices": [a_slice("jobs")]})
    assert rows(lake, seen) == [("02", 2)]


def test_rows_of_a_snapshot_replace_those_of_the_same_one_and_no_others(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    for id_, value in (("a", 1.0), ("b", 2.0), ("a", 3.0)):
        scores = [{"snapshot_id": id_, "metric": m, "value": value} for m in ("x", "y")]
        snapshots = [{"snapshot_id": id_, "engine": "tree"}]
        lake.replace(
            raw_rows={"generator_snapshots": snapshots, "generator_scores": scores[: int(value)]}
        )
    assert rows(
        lake, "from raw.generator_scores select snapshot_id, metric, value order by all"
    ) == [
        ("a", "x", 3.0),
        ("a", "y", 3.0),
        ("b", "x", 2.0),
        ("b", "y", 2.0),
    ]
    assert rows(lake, "select count(*) from raw.generator_snapshots") == [(2,)]

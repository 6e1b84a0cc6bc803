"""Readers beside a writer, writers beside each other, and a writer that dies."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pytest
from tiny_lake import Lake, Staged, a_lake, keep_loading, load, rows, two_versions

from gridlens.errors import WarehouseBusy
from gridlens.warehouse.lock import writer_lock
from gridlens.warehouse.transaction import insistently

SEEN = """select s.jobstatus, s.jobs, c.jobs, c.status from mart.statuses as s,
    (select count(*) as jobs, any_value(jobstatus) as status from core.jobs) as c"""
WHOLE_DAYS = [[("failed", 500, 500, "failed")], [("finished", 700, 700, "finished")]]


@contextmanager
def a_writer(lake: Lake, versions: list[list[Staged]]) -> Iterator[None]:
    process = get_context("spawn").Process(target=keep_loading, args=(lake, versions))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def wait_for_a_write(lake: Lake) -> None:
    before, end = lake.snapshot(), time.monotonic() + 60
    while lake.snapshot() == before:
        assert time.monotonic() < end, "the writer has not written for a minute"


@pytest.mark.bar(5)
def test_a_second_writer_waits_and_then_names_the_holder(tmp_path: Path) -> None:
    lake = Lake(a_lake(tmp_path).place.folder, tmp_path, lock_timeout_s=0.2)
    with (
        writer_lock(lake.place.folder, 1),
        pytest.raises(WarehouseBusy, match=f"process {os.getpid()} on .* has been writing"),
    ):
        lake.replace()


@pytest.mark.bar(5)
def test_a_transaction_that_meets_another_is_done_again(tmp_path: Path) -> None:
    calls = []

    def work(con: duckdb.DuckDBPyConnection) -> int:
        calls.append(con)
        if len(calls) < 3:
            raise duckdb.TransactionException("Transaction conflict - another has deleted from it")
        return len(calls)

    with duckdb.connect(":memory:") as con:
        assert insistently(con, work) == 3


def test_a_transaction_that_always_meets_another_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work(con: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.TransactionException("database is locked")

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with (
        duckdb.connect(":memory:") as con,
        pytest.raises(WarehouseBusy, match="changed under 4 attempts"),
    ):
        insistently(con, work)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load(lake, two_versions(lake, tmp_path)[0])
    before = lake.table_checksums()
    broken = two_versions(lake, tmp_path / "broken")[1]
    broken[1].path.unlink()
    with pytest.raises(duckdb.IOException):
        load(lake, broken)
    assert lake.table_checksums() == before


@pytest.mark.bar(6)
def test_a_reader_is_never_blocked_and_sees_whole_days_only(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    versions = two_versions(lake, tmp_path)
    load(lake, versions[0])
    with a_writer(lake, versions):
        wait_for_a_write(lake)
        with lake.reader() as con:
            seen = [con.execute(SEEN).fetchall() for _ in range(40)]
        seen += [rows(lake, SEEN) for _ in range(5)]
        wait_for_a_write(lake)
    assert [s for s in seen if s not in WHOLE_DAYS] == []


@pytest.mark.bar(1)
def test_a_killed_writer_leaves_whole_days_and_a_rerun_makes_them_equal(tmp_path: Path) -> None:
    lake, clean = a_lake(tmp_path / "killed"), a_lake(tmp_path / "clean")
    versions = two_versions(lake, tmp_path)
    load(clean, versions[0])
    load(lake, versions[0])
    moments = random.Random(20250401)
    for _ in range(4):
        with a_writer(lake, versions):
            wait_for_a_write(lake)
            time.sleep(moments.uniform(0, 0.4))
        assert rows(lake, SEEN) in WHOLE_DAYS
    load(lake, versions[0])
    assert lake.table_checksums() == clean.table_checksums()


@pytest.mark.bar(12)
def test_two_readers_spill_into_folders_of_their_own_that_end_with_them(tmp_path: Path) -> None:
    lake = Lake(a_lake(tmp_path).place.folder, tmp_path, memory_limit="30MB", threads=1)
    sorted_rows = "select hash(range) as h, repeat('x', 50) as x from range({}) order by h, x"
    with lake.reader() as one, lake.reader() as other:
        first, second = (r.execute(sorted_rows.format(600_000)) for r in (one, other))
        folders = [path for path in lake.place.folder.glob("spill.*") if any(path.iterdir())]
        assert len(folders) == 2
        assert first.fetchone() == second.fetchone()
        first.close()
        second.close()
    assert list(lake.place.folder.glob("spill.*")) == []

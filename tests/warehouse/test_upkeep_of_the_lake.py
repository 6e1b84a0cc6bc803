"""Old states, files that nobody needs, small files, damaged files: what upkeep does to a lake."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from tiny_lake import Lake, a_lake, load_jobs, rows

from gridlens.errors import NotFound, WarehouseDamaged
from gridlens.warehouse import (
    check_catalog,
    compact,
    copy_catalog,
    expire_snapshots,
    forget,
    forget_records,
    lake_files,
    present_state,
    remove_files,
    seal_files,
    seals,
    why_wrong,
)

NOW = datetime.now(UTC) + timedelta(hours=1)
JOBS = "select job_day::varchar, pandaid from core.jobs order by all"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of jobs, the first of them loaded twice."""
    folder = tmp_path_factory.mktemp("loaded")
    lake = a_lake(folder)
    load_jobs(lake, folder, "2025-04-01", [(1, "failed", 0)])
    load_jobs(lake, folder, "2025-04-02", [(2, "closed", 0)])
    load_jobs(lake, folder, "2025-04-01", [(1, "finished", 1), (3, "closed", 0)])
    return folder


@pytest.fixture
def lake(loaded: Path, tmp_path: Path) -> Lake:
    """A copy of it, to do with as one likes."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return Lake(tmp_path / "warehouse", tmp_path / "slices", memory_limit="200MB", threads=1)


def present(lake: Lake) -> list[str]:
    data = lake.place.folder / "data"
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*.parquet"))


def test_an_expired_state_is_refused_and_a_kept_one_still_answers(lake: Lake) -> None:
    last = lake.snapshot()
    expired = expire_snapshots(lake, NOW, kept={last - 1})
    assert last not in expired
    assert last - 1 not in expired
    with lake.reader(last - 1) as con:
        assert con.execute(JOBS).fetchall() == [("2025-04-01", 1), ("2025-04-02", 2)]
    with pytest.raises(NotFound, match=f"no state {last - 2}"):
        lake.reader(last - 2)
    assert rows(lake, JOBS) == [("2025-04-01", 1), ("2025-04-01", 3), ("2025-04-02", 2)]


def test_states_that_are_young_enough_stay(lake: Lake) -> None:
    assert expire_snapshots(lake, datetime.now(UTC) - timedelta(days=1)) == []


def test_a_discarded_file_goes_once_it_is_old_and_no_backup_can_need_it(lake: Lake) -> None:
    before, day, tomorrow = present(lake), 24 * 3600.0, NOW + timedelta(days=1)
    expire_snapshots(lake, NOW)
    assert remove_files(lake, (), oldest=tomorrow, age_s=0) == []  # it is discarded only now
    assert remove_files(lake, (), oldest=NOW - timedelta(days=1), age_s=-day) == []
    assert len(remove_files(lake, (), oldest=tomorrow, age_s=-day)) == 1
    assert len(present(lake)) == len(before) - 1
    assert rows(lake, "select count(*) from core.jobs") == [(3,)]


def test_an_orphan_goes_when_it_is_old_and_no_backup_names_it(lake: Lake) -> None:
    data, staging = lake.place.folder / "data", lake.place.folder / "staging" / "2025-04-01.x"
    staging.mkdir(parents=True)
    for name in ("old", "young", "of_a_backup"):
        path = data / f"core/jobs/{name}.parquet"
        path.write_bytes(b"an orphan")
        age = 0 if name == "young" else 7200
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    os.utime(staging, (0, 0))
    removed = remove_files(lake, {"core/jobs/of_a_backup.parquet"}, NOW, age_s=3600)
    assert sorted(path.name for path in removed) == ["2025-04-01.x", "old.parquet"]
    assert {"core/jobs/young.parquet", "core/jobs/of_a_backup.parquet"} < {*present(lake)}


def test_compaction_changes_no_row_and_no_former_state(lake: Lake) -> None:
    state, now = lake.snapshot(), lake.table_checksums()
    with lake.reader(state - 1) as con:
        then = con.execute(JOBS).fetchall()
    done = compact(lake)
    assert done["rows out of the catalog"] > 0
    assert lake.table_checksums() == now
    with lake.reader(state - 1) as con:
        assert con.execute(JOBS).fetchall() == then
    assert compact(lake)["rows out of the catalog"] == 0


@pytest.mark.bar(6)
def test_a_reader_between_whose_looks_files_are_merged_misses_no_row(lake: Lake) -> None:
    with lake.writer() as con:
        con.execute("insert into core.jobs from core.jobs where pandaid = 1")
    with Lake(lake.place.folder, lake.place.slices, threads=2).reader() as con:
        con.execute("begin")
        con.execute("from raw.models").fetchall()
        assert compact(lake)["files merged"] > 0
        seen = con.execute(JOBS).fetchall()
    assert seen == [("2025-04-01", 1), ("2025-04-01", 1), ("2025-04-01", 3), ("2025-04-02", 2)]


def test_a_replaced_row_of_the_ledger_does_not_stay_in_the_catalog_for_ever(
    lake: Lake, tmp_path: Path
) -> None:
    def in_catalog() -> int:
        with sqlite3.connect(lake.place.catalog) as con:
            named = "select table_name from ducklake_inlined_data_tables"
            tables = [name for (name,) in con.execute(named)]
            return sum(con.execute(f"select count(*) from {t}").fetchone()[0] for t in tables)

    before = in_catalog()
    for hour in range(2):
        load_jobs(lake, tmp_path, "2025-04-01", [(1, "failed", hour)])
    assert in_catalog() > before
    compact(lake)
    assert in_catalog() == 0


def test_a_file_is_sealed_at_first_sight_and_a_changed_byte_is_found(lake: Lake) -> None:
    folder, files = lake.place.folder, lake_files(lake.place.catalog)
    assert seal_files(folder, files) == len(files)
    assert seal_files(folder, files) == 0
    path = folder / "data" / files[0].path
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    sealed = seals(folder)[files[0].path]
    assert why_wrong(folder, files[0]) is None  # by its size and its rows alone it is whole
    assert why_wrong(folder, files[0], sealed) == "is not what was written (sha256 differs)"


def test_a_file_that_is_wrong_at_first_sight_is_not_sealed(lake: Lake) -> None:
    folder, files = lake.place.folder, lake_files(lake.place.catalog)
    torn, gone = (folder / "data" / file.path for file in files[:2])
    torn.write_bytes(torn.read_bytes()[:-1])
    gone.unlink()
    assert seal_files(folder, files) == len(files) - 2
    assert "bytes, but" in str(why_wrong(folder, files[0]))
    assert why_wrong(folder, files[1]) == "is missing"


def test_a_lake_can_forget_a_file_that_it_cannot_read_and_load_its_day_again(
    lake: Lake, tmp_path: Path
) -> None:
    files = lake_files(lake.place.catalog)
    (lost,) = [f for f in files if f.day == "2025-04-01" and f.end is None]
    (lake.place.folder / "data" / lost.path).unlink()
    with pytest.raises(duckdb.IOException), lake.writer() as con:
        con.execute("delete from core.jobs where job_day = '2025-04-01'")
    forgotten = forget(lake, [lost])
    forget_records(lake, [("core.jobs", "2025-04-01")])
    assert forgotten == 1  # the state that held it
    assert rows(lake, JOBS) == [("2025-04-02", 2)]
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 1), (3, "closed", 0)])
    assert rows(lake, JOBS) == [("2025-04-01", 1), ("2025-04-01", 3), ("2025-04-02", 2)]
    assert rows(lake, "select count(*), count(distinct pandaid) from core.jobs") == [(3, 3)]


def test_a_copy_of_the_catalog_is_one_whole_file_of_the_same_state(
    lake: Lake, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    copy_catalog(lake.place.catalog, copy)
    check_catalog(copy)
    assert present_state(copy)[0] == lake.snapshot()
    assert not copy.with_name("copy.sqlite-wal").exists()


@pytest.mark.parametrize("left", ["half", "nothing", "other bytes", "no file"])
def test_a_torn_catalog_is_never_taken_for_a_new_one(lake: Lake, left: str) -> None:
    catalog = lake.place.catalog
    content = catalog.read_bytes()
    kept = {"half": content[: len(content) // 2], "nothing": b"", "other bytes": b"x" * 5000}
    catalog.unlink()
    for end in ("-wal", "-shm"):
        catalog.with_name(catalog.name + end).unlink(missing_ok=True)
    if left in kept:
        catalog.write_bytes(kept[left])
    for opens in (lake.reader, lambda: lake.initialise([])):
        with pytest.raises(WarehouseDamaged, match="`gridlens restore` brings back"):
            opens()

"""The plain DuckDB file: what is in it, and that nobody who reads is disturbed by a newer one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from small_grid import DAYS, KEY, ask, change_one_percent, elsewhere, run_days, run_jobs_again

from gridlens.cli import EXIT_TRANSIENT
from gridlens.errors import NotFound
from gridlens.matching import V1
from gridlens.pipelines import publish_file, settle, upkeep
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import models
from gridlens.pipelines.plain_tables import published_windows
from gridlens.settings import Settings
from gridlens.tables import TABLES
from gridlens.warehouse import writer_lock
from gridlens.window import Day

AFTER = DAYS[2].plus(1).date
SNAPSHOT = "select snapshot from as_of"


def pointer(settings: Settings) -> Path:
    return settings.published / "gridlens.duckdb"


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query).fetchall()


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.published.glob("gridlens-*"))


def change(settings: Settings, seed: int) -> None:
    change_one_percent(settings.home / "exports" / str(DAYS[0]), seed)
    run_jobs_again(settings, DAYS[:1])


@pytest.fixture(scope="module")
def published(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A settled warehouse of three days, published; tests only read it."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(warehouse.home, home)
    settings = replace(warehouse, home=home)
    settle(settings)
    publish_file(settings)
    return settings


@pytest.fixture
def shown(published: Settings, tmp_path: Path) -> Settings:
    """A copy of the published warehouse, to do with as one likes."""
    home = tmp_path / "shown"
    shutil.copytree(published.home, home, symlinks=True)
    return replace(published, home=home)


def test_without_a_loaded_day_there_is_nothing_to_publish(settings: Settings) -> None:
    with pytest.raises(NotFound, match="load a day first"):
        publish_file(settings)
    assert not settings.published.exists()
    open_lake(settings).initialise(models(V1).values())
    with pytest.raises(NotFound, match="nothing to publish"):
        publish_file(settings)


def test_the_daily_run_leaves_stale_days_to_settling(loaded: Settings) -> None:
    report = publish_file(loaded, only_settled=True)
    assert report.numbers["stale days"] > 0
    assert files(loaded) == []
    settle(loaded)
    assert publish_file(loaded, only_settled=True).numbers["tables"] > 10


def test_days_are_those_of_the_state_that_is_published(exports: Path, tmp_path: Path) -> None:
    settings = elsewhere(Settings(home=exports, personal_key=KEY), tmp_path / "home")
    run_days(settings, DAYS[:1])
    settings.published.mkdir()
    with ThreadPoolExecutor() as pool, writer_lock(settings.published, 0):
        publishing = pool.submit(publish_file, settings, only_settled=True)
        run_days(settings, DAYS[1:2])
        settle(settings)
    assert publishing.result().numbers["tables"] > 10
    days = [(day.date,) for day in DAYS[:2]]
    assert read(pointer(settings), "select day from days order by day") == days
    assert read(pointer(settings), "select longest_end from as_of") == [(DAYS[2].date,)]


def test_a_window_is_all_days_the_last_seven_and_the_last_each_once() -> None:
    def windows(first: str, last: str) -> list[str]:
        return [str(w) for w in published_windows(Day.parse(first), Day.parse(last))]

    assert windows("2025-04-01", "2025-04-01") == ["2025-04-01..2025-04-02"]
    assert windows("2025-04-01", "2025-04-05") == [
        "2025-04-01..2025-04-06",
        "2025-04-05..2025-04-06",
    ]
    assert windows("2024-01-01", "2025-04-08") == [
        "2025-01-07..2025-04-09",
        "2025-04-02..2025-04-09",
        "2025-04-08..2025-04-09",
    ]


def test_a_window_mart_stands_there_for_every_window(published: Settings) -> None:
    found = read(
        pointer(published),
        "select window_start, window_end, jobs from mart.job_status_shares "
        "where jobstatus = 'Total' order by window_start",
    )
    assert found == [
        (start, end, ask(published, f"select jobs from mart.job_status_shares(date '{start}', "
                         f"date '{end}') where jobstatus = 'Total'")[0][0])
        for start, end in [(DAYS[0].date, AFTER), (DAYS[2].date, AFTER)]
    ]  # fmt: skip


def test_tables_by_the_day_are_copied_and_large_ones_are_left_out(published: Settings) -> None:
    query = "select * from mart.daily_jobs order by all"
    assert read(pointer(published), query) == ask(published, query)
    tables = {
        name for (name,) in read(pointer(published), "select table_name from duckdb_tables()")
    }
    assert {"as_of", "days", "sites", "queues", "tasks", "activity_matches"} <= tables
    assert not {"jobs", "files", "transfers", "job_transfers", "matched_jobs"} & tables


@pytest.mark.bar(28)
def test_no_hash_of_a_person_leaves_with_the_file_beside_a_name_that_is_kept(
    published: Settings,
) -> None:
    hashed = {c.name for t in TABLES.values() for c in t.columns if c.personal == "hashed"}
    columns = read(pointer(published), "select table_name, column_name from duckdb_columns()")
    assert ("tasks", "taskname") in columns
    assert [(t, c) for t, c in columns if c in hashed] == []


def test_every_table_and_column_of_the_file_says_what_it_is(published: Settings) -> None:
    silent = (
        "select table_name from duckdb_tables() where comment is null union all "
        "select column_name from duckdb_columns() where not internal and comment is null"
    )
    assert read(pointer(published), silent) == []


def test_the_file_tells_its_state_and_that_of_its_days(published: Settings) -> None:
    [(snapshot,)] = read(pointer(published), SNAPSHOT)
    assert files(published) == [f"gridlens-{snapshot}.duckdb"]
    assert read(pointer(published), "select day, state from days order by day") == [
        (day.date, "edge") for day in DAYS
    ]


def test_a_duckdb_without_any_extension_reads_the_file(published: Settings) -> None:
    shell = Path(sys.executable).parent / "duckdb"
    query = "select count(*) from mart.daily_jobs"
    answer = subprocess.run(
        [shell, "-readonly", "-csv", "-noheader", pointer(published), query],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": "/nonexistent"},
    )
    assert answer.stdout.strip() == str(ask(published, query)[0][0])


def test_the_same_state_is_not_written_again(published: Settings) -> None:
    before = pointer(published).stat()
    assert publish_file(published).numbers["unchanged"] == 1
    assert pointer(published).stat() == before


def test_later_states_of_the_same_data_have_no_file(shown: Settings) -> None:
    before = files(shown)
    upkeep(replace(shown, keep_snapshots_days=0.001 / 86400))
    settle(shown)
    assert publish_file(shown).numbers["unchanged"] == 1
    assert files(shown) == before


def test_an_open_reader_keeps_its_file_and_the_next_one_gets_the_new(shown: Settings) -> None:
    [old] = files(shown)
    with duckdb.connect(str(pointer(shown)), read_only=True) as con:
        [(before,)] = con.execute(SNAPSHOT).fetchall()
        rows = con.execute("select * from mart.daily_jobs order by all").fetchall()
        change(shown, seed=1)
        publish_file(shown, kept=1)
        assert old not in files(shown)
        assert con.execute(SNAPSHOT).fetchall() == [(before,)]
        assert con.execute("select * from mart.daily_jobs order by all").fetchall() == rows
        assert read(pointer(shown), SNAPSHOT) > [(before,)]


def test_only_the_newest_files_stay(shown: Settings) -> None:
    for seed in range(2):
        change(shown, seed)
        publish_file(shown, kept=1)
    [(newest,)] = read(pointer(shown), SNAPSHOT)
    assert files(shown) == [f"gridlens-{newest}.duckdb"]


def test_a_file_of_a_warehouse_that_was_made_anew_is_replaced(shown: Settings) -> None:
    file = pointer(shown).resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute("update as_of set fingerprint = 'of a warehouse made anew since'")
    assert publish_file(shown).numbers["tables"] > 10
    assert read(file, "select year(written_at) > 2020 from as_of") == [(True,)]


@pytest.mark.bar(13)
def test_a_damaged_file_is_replaced(shown: Settings) -> None:
    file = pointer(shown).resolve()
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:5000])
    assert publish_file(shown).numbers["tables"] > 10
    assert read(pointer(shown), "select count(*) from as_of") == [(1,)]


@pytest.mark.bar(11)
def test_a_file_that_does_not_fit_the_disk_leaves_nothing_behind(loaded: Settings) -> None:
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
        "from gridlens.cli import main; sys.exit(main(['publish']))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", limited],
        env=os.environ | {"GRIDLENS_HOME": str(loaded.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == EXIT_TRANSIENT
    assert "make room on its disk" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert [path.name for path in loaded.published.iterdir()] == ["writer.lock"]


@pytest.mark.bar(1)
def test_who_is_killed_while_publishing_leaves_the_old_file(shown: Settings) -> None:
    [(before,)] = read(pointer(shown), SNAPSHOT)
    change(shown, seed=1)
    publisher = subprocess.Popen(
        [sys.executable, "-c", "from gridlens.cli import main; main(['publish'])"],
        env=os.environ | {"GRIDLENS_HOME": str(shown.home)},
    )
    while publisher.poll() is None and not list(shown.published.glob(".unfinished-*.duckdb")):
        time.sleep(0.002)
    publisher.kill()
    assert publisher.wait() == -signal.SIGKILL
    assert read(pointer(shown), SNAPSHOT) == [(before,)]
    publish_file(shown)
    assert read(pointer(shown), SNAPSHOT) > [(before,)]
    assert list(shown.published.glob(".unfinished-*")) == []

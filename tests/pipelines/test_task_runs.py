"""Every step leaves one row of what it cost and how it ended, whatever becomes of it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from small_grid import DAYS, ask

from gridlens import pipelines
from gridlens.errors import NotFound, WarehouseBusy
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.task_runs import note, recorded, write
from gridlens.pipelines.waiting_rows import waiting
from gridlens.settings import Attempt, Settings
from gridlens.tables import TABLES
from gridlens.warehouse import ComputedDay
from gridlens.window import Day

DAGS = Path(__file__).parents[2] / "dags"
DAY = Day.parse("2025-04-01")


@recorded("look at {table}")
def look(settings: Settings, table: str, day: Day) -> str:
    """A step that reads 12 rows, unless it is asked for what is not there."""
    note(rows_in=12, fingerprint="f")
    if table == "nothing":
        raise NotFound("there is nothing:\nlook elsewhere")
    if table == "busy":
        raise WarehouseBusy("somebody writes")
    return table


@recorded("hold memory")
def hold(settings: Settings, mb: int) -> None:
    bytearray(b"x") * (mb << 20)


@recorded("outer")
def outer(settings: Settings) -> None:
    hold(settings, 300)
    hold(settings, 1)


def left(settings: Settings) -> list[dict[str, object]]:
    rows = waiting(settings.task_runs).values()
    return sorted(rows, key=lambda row: row["started_at"])


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_every_step_that_a_dag_calls_leaves_a_row() -> None:
    called = {
        name
        for path in DAGS.glob("*.py")
        for name in re.findall(r"pipelines\.(\w+)\(", path.read_text("utf-8"))
    }
    assert called >= {"load", "settle", "judge", "publish_file"}
    lacking = {name for name in called if not hasattr(getattr(pipelines, name), "__wrapped__")}
    assert lacking == set()


def test_a_step_that_fails_says_so_with_the_class_and_the_first_line(home: Settings) -> None:
    with pytest.raises(NotFound):
        look(home, "nothing", DAY)
    (row,) = left(home)
    assert (row["task"], row["day"], row["state"]) == ("look at nothing", DAY.date, "failed")
    assert row["error"] == "NotFound: there is nothing:"
    assert row["rows_in"] == 12


def test_of_an_error_that_is_not_ours_only_the_class_is_kept(home: Settings) -> None:
    @recorded("connect")
    def connect(settings: Settings) -> None:
        raise ValueError("no answer from https://me:s3cret@host")

    with pytest.raises(ValueError, match="no answer"):
        connect(home)
    assert left(home)[0]["error"] == "ValueError"


def test_a_step_says_who_called_it_and_what_it_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, attempt=Attempt("gridlens_daily", "manual__1", 2))
    assert look(settings, "jobs", day=DAY) == "jobs"
    (row,) = left(settings)
    named = ("dag", "run", "attempt", "state", "error", "rows_in", "fingerprint")
    assert [row[name] for name in named] == [
        "gridlens_daily",
        "manual__1",
        2,
        "done",
        None,
        12,
        "f",
    ]
    assert {"gridlens", "duckdb", "python"} <= json.loads(str(row["versions"])).keys()


def test_a_home_that_is_not_there_gets_no_folder_by_failing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "misspelt")
    look(settings, "jobs", DAY)
    assert not settings.home.exists()


def test_a_row_that_cannot_be_left_is_told_of_and_fails_no_step(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    home.task_runs.write_text("a file is in the way of the folder")
    assert look(home, "jobs", DAY) == "jobs"
    assert "will lack a run of 'look at jobs'" in caplog.text


def test_the_peak_is_that_of_the_task_and_of_those_within_it(home: Settings) -> None:
    outer(home)
    whole, large, small = left(home)
    assert [row["task"] for row in (whole, large, small)] == ["outer", "hold memory", "hold memory"]
    assert whole["peak_rss_mb"] >= large["peak_rss_mb"]
    if small["peak_of"] == "task":
        assert small["peak_rss_mb"] < large["peak_rss_mb"] - 200


def test_the_next_writer_takes_in_what_waits_and_only_once(home: Settings) -> None:
    lake = open_lake(home)
    lake.initialise([])
    look(home, "jobs", DAY)
    (path,) = home.task_runs.iterdir()
    text = path.read_text()
    write(home, lake)
    assert list(home.task_runs.iterdir()) == []
    path.write_text(text)  # as if it had been killed between its commit and the removal
    write(home, lake)
    assert ask(home, "select task, rows_in from raw.task_runs") == [("look at jobs", 12)]


def test_a_writer_that_fails_after_its_commit_is_one_row_and_failed(home: Settings) -> None:
    lake = open_lake(home)
    lake.initialise([])

    @recorded("write")
    def write_and_fail(settings: Settings) -> None:
        write(settings, lake)
        assert ask(settings, "select state from raw.task_runs") == [("done",)]
        raise WarehouseBusy("the reader behind it")

    with pytest.raises(WarehouseBusy):
        write_and_fail(home)
    write(home, lake)
    assert ask(home, "select state from raw.task_runs") == [("failed",)]


def test_a_writer_that_was_overtaken_says_so_and_leaves_what_waits(home: Settings) -> None:
    lake = open_lake(home)
    lake.initialise([])
    newer = record(snapshot=lake.snapshot())
    write(home, lake, computed=[newer])
    look(home, "jobs", DAY)

    @recorded("write")
    def write_old(settings: Settings) -> None:
        assert write(settings, lake, computed=[record(snapshot=newer.snapshot - 1)])

    write_old(home)
    assert [(row["task"], row["state"]) for row in left(home)] == [
        ("look at jobs", "done"),
        ("write", "overtaken"),
    ]
    assert ask(home, "select count(*) from raw.task_runs") == [(0,)]


def record(snapshot: int) -> ComputedDay:
    return ComputedDay("core.x", date(2025, 4, 1), "complete", (), "m", "", 0, "c", snapshot)


def test_a_file_that_is_no_row_is_set_aside_and_told_of(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    home.task_runs.mkdir()
    (home.task_runs / "torn.json").write_text('{"task_run_id": "a", "day"')
    assert left(home) == []
    assert [path.name for path in home.task_runs.iterdir()] == ["torn.unreadable"]
    assert "torn.json is not the row of a task run" in caplog.text


def test_what_a_later_version_says_more_of_a_run_is_left_out(home: Settings) -> None:
    look(home, "jobs", DAY)
    (path,) = home.task_runs.iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"watts": 5}))
    (row,) = left(home)
    assert "watts" not in row


def test_all_steps_of_a_day_are_in_the_warehouse_once_it_is_computed(warehouse: Settings) -> None:
    query = f"select task, state, rows_out from raw.task_runs where day = '{DAYS[0]}'"
    runs = {task: (state, rows) for task, state, rows in ask(warehouse, query)}
    steps = ("validate", "load", "match", "indicators")
    assert runs.keys() == {*steps, *(f"extract {table}" for table in TABLES)}
    assert {state for state, _ in runs.values()} == {"done"}
    jobs = ask(warehouse, f"select count(*) from core.jobs where job_day = '{DAYS[0]}'")
    assert jobs == [(runs["extract jobs"][1],)]

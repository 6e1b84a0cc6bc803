"""One line opens the warehouse in the real DuckDB shell, offline, wherever the folder lies."""

import subprocess
import sys
from pathlib import Path

from tiny_lake import Lake, a_lake, load_jobs

from gridlens.warehouse import init_sql

SHELL = Path(sys.executable).parent / "duckdb"


def ask_shell(lake: Lake, sql: str) -> str:
    init = lake.place.folder.parent / "init.sql"
    init.write_text(init_sql(lake.place), encoding="utf-8")
    done = subprocess.run(
        [SHELL, "-init", init, "-csv", "-noheader", "-c", sql],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def a_lake_with_a_job(folder: Path) -> Lake:
    lake = a_lake(folder)
    load_jobs(lake, folder, "2025-04-01", [(7, "finished", 0)])
    return lake


def test_the_shell_reads_tables_and_window_marts(tmp_path: Path) -> None:
    lake = a_lake_with_a_job(tmp_path)
    assert ask_shell(lake, "select pandaid, jobstatus from core.jobs") == "7,finished"
    window = "mart.shares(date '2025-04-01', date '2025-04-02')"
    assert ask_shell(lake, f"from {window}") == "finished,1"


def test_the_shell_cannot_write(tmp_path: Path) -> None:
    lake = a_lake_with_a_job(tmp_path)
    init = tmp_path / "init.sql"
    init.write_text(init_sql(lake.place), encoding="utf-8")
    done = subprocess.run(
        [SHELL, "-init", init, "-c", "delete from core.jobs"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "read-only" in done.stderr


def test_a_moved_folder_opens_too(tmp_path: Path) -> None:
    a_lake_with_a_job(tmp_path / "here")
    there = (tmp_path / "here").rename(tmp_path / "there's")
    moved = Lake(there / "warehouse", there / "slices")
    assert ask_shell(moved, "select pandaid from core.jobs") == "7"

"""What `gridlens backfill plan` says of days that are in an index, before anything starts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from indexed_grid import DAYS, Grid

from gridlens.errors import SettingsError
from gridlens.pipelines import EXTRACTED, extract, load, plan
from gridlens.pipelines.plan import Basis
from gridlens.pipelines.plan_warehouse import WarehouseBasis
from gridlens.settings import Settings
from gridlens.sources import Size
from gridlens.twin import make_days
from gridlens.window import Window

ALL = Window(DAYS[0], DAYS[2].plus(1))
COLUMNS = ("days", "documents", "GB to read", "documents/s", "hours", "GB of disk")


def told(grid: Grid, window: Window = ALL) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The plan's numbers by table and column, and its notes."""
    _, *lines = plan(grid.settings, window).splitlines()
    rows = [line.split() for line in lines if ": " not in line]
    numbers = {table: dict(zip(COLUMNS, row, strict=True)) for table, *row in rows}
    return numbers, [line for line in lines if ": " in line]


def counted(grid: Grid, window: Window = ALL) -> dict[str, tuple[str, str]]:
    """Days and documents of each table."""
    numbers, _ = told(grid, window)
    return {table: (row["days"], row["documents"]) for table, row in numbers.items()}


def test_a_window_without_days_is_refused() -> None:
    with pytest.raises(SettingsError, match="holds no day"):
        Window.parse("2025-04-01", "2025-04-01")


def test_a_window_without_documents_takes_nothing(grid: Grid) -> None:
    grid.bound()
    later = DAYS[2].plus(30)

    zeroes = ("0", "0.00", "0", "0.00", "0.00")
    assert [line.split() for line in plan(grid.settings, Window.of(later)).splitlines()[1:4]] == [
        ["jobs", "1", *zeroes],
        ["files", "1", *zeroes],
        ["all", "1", *zeroes],
    ]


def test_a_day_out_of_reach_is_told_and_not_counted(grid: Grid) -> None:
    rest = counted(grid, Window(DAYS[1], ALL.end))
    grid.bound()
    for table in ("jobs", "files"):
        grid.forget(table, "2025-04-01T12:00:00")

    numbers, notes = told(grid)

    assert (numbers["jobs"]["days"], numbers["jobs"]["documents"]) == rest["jobs"]
    assert numbers["files"]["days"] == "2"
    assert [note for note in notes if "out of reach" in note] == [
        f"{table}: 1 days are out of reach, as the index may have lost a part of them: "
        "say `begins` if it has not"
        for table in ("jobs", "files")
    ]


def test_what_is_counted_is_what_is_then_fetched_and_days_that_are_there_take_nothing(
    grid: Grid,
) -> None:
    before = counted(grid)
    fetched = [extract(grid.settings, "jobs", day).numbers["fetched"] for day in ALL]
    files = [extract(grid.settings, "files", day).numbers["fetched"] for day in ALL]

    assert before["jobs"] == ("3", str(sum(fetched)))
    # Files are guessed: their jobs are not known yet.
    assert int(before["files"][1].replace(",", "")) == pytest.approx(sum(files), rel=0.1)
    assert counted(grid) == {"jobs": ("0", "0"), "files": ("0", "0"), "all": ("0", "0")}
    assert "jobs: 3 days are there already" in told(grid)[1]


def test_files_are_counted_where_their_jobs_come_from_files(grid: Grid) -> None:
    before = counted(grid)["files"]
    text = grid.settings.sources.read_text()
    index = f'endpoint = "opensearch_panda"\nindex = "{grid.prefix}-jobs"'
    assert index in text
    grid.settings.sources.write_text(text.replace(index, 'path = "exports/{day}/jobs-*"'))

    assert counted(grid) == {"files": before, "all": before}
    assert before[1] != "0"


def test_each_table_has_a_rate_of_its_own_once_it_is_known(
    grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Basis.__module__], "_LEAST_DOCUMENTS", 1)
    extract(grid.settings, "jobs", DAYS[0])

    numbers, notes = told(grid)

    (rate,) = grid.manifest("jobs", DAYS[0]).run["transport"].values()
    assert float(numbers["jobs"]["documents/s"].replace(",", "")) == rate["documents_per_s"]
    assert numbers["files"]["documents/s"] == "20,000"
    assert [note for note in notes if "usual" in note] == [
        "the usual 20,000 documents/s and 150 bytes of disk a document are taken, as no slice of "
        "at least 1,000 documents tells others: files"
    ]


def test_bytes_hours_and_disk_follow_from_the_documents() -> None:
    share = Basis(20_000, 150).share("jobs", 30, Size(documents=72_000_000, mean_bytes=2_000))

    line = ["jobs", "30", "72,000,000", "144.00", "20,000", "1.00", "10.80"]
    assert share.line().split() == line


def test_warehouse_takes_its_usual_until_days_are_loaded_and_each_day_twice(grid: Grid) -> None:
    _, notes = told(grid)

    [line] = [note for note in notes if note.startswith("warehouse: ")]
    assert line.startswith("warehouse: 0.01 hours and 0.00 GB of disk, each day computed up to tw")
    assert (
        WarehouseBasis()
        .told(grid.settings.home, 30, 6_000_000, 0.4e9)[0]
        .startswith("warehouse: 0.08 hours and 1.20 GB of disk")
    )


def test_disk_of_slices_and_warehouse_stands_beside_what_is_free(tmp_path: Path) -> None:
    basis = WarehouseBasis(bytes_per_document=100, seconds_per_day=3)
    free = shutil.disk_usage(tmp_path).free

    enough = basis.told(tmp_path / "not" / "made", 30, 1_000_000, 0.1e9)
    too_much = basis.told(tmp_path, 30, 10**15, 0.1e9)

    assert enough[1].startswith("disk: 0.30 GB in all, and ")
    assert float(enough[1].split()[6].replace(",", "")) == pytest.approx(free / 1e9, rel=0.05)
    assert too_much[2] == "disk: too little is free: make room, or backfill in smaller windows"
    assert len(enough) == 2


def test_warehouse_tells_its_own_size_and_times_once_it_holds_days(tmp_path: Path) -> None:
    made = Settings(home=tmp_path, personal_key="a key of the tests alone")
    assert WarehouseBasis.of(made) == WarehouseBasis()
    make_days(tmp_path, seed=2, first=DAYS[0], days=1, jobs_per_day=60, progress=lambda line: None)
    for table in EXTRACTED:
        extract(made, table, DAYS[0])
    load(made, DAYS[0])

    found = WarehouseBasis.of(made)

    assert found.seconds_per_day != WarehouseBasis().seconds_per_day
    assert 10 < found.bytes_per_document < 10_000

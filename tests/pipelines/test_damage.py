"""What is damaged is named with the command that mends it; that command leaves what was there."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from small_grid import DAYS, FIRST, checksums

from gridlens.cli import main
from gridlens.errors import SliceError, WarehouseDamaged
from gridlens.pipelines import (
    Finding,
    Looked,
    back_up,
    check_integrity,
    doctor,
    mend,
    restore,
    settle,
    validate,
)
from gridlens.pipelines.backup import backups
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.day_checks import days_hold
from gridlens.pipelines.home_checks import writer_is_alive
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import (
    LOCK,
    forget_records,
    held_by,
    lake_files,
    present_state,
    writer_lock,
)

MEND = "gridlens mend && gridlens settle"
Command = Callable[..., int]


@pytest.fixture(scope="module")
def sound(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of three days that are settled, sealed and backed up; tests only read it."""
    home = tmp_path_factory.mktemp("sound") / "home"
    shutil.copytree(warehouse.home, home)
    settings = replace(warehouse, home=home)
    settle(settings)
    check_integrity(settings)
    back_up(settings)
    return settings


@pytest.fixture
def copied(sound: Settings, tmp_path: Path) -> Settings:
    """Settings of a copy of it, to be damaged."""
    shutil.copytree(sound.home, tmp_path / "home")
    return replace(sound, home=tmp_path / "home")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command on a home; its exit status."""

    def run(settings: Settings, *words: str) -> int:
        monkeypatch.setenv("GRIDLENS_HOME", str(settings.home))
        monkeypatch.setenv("GRIDLENS_PERSONAL_KEY", settings.personal_key)
        return main(list(words))

    return run


def found(settings: Settings) -> dict[str, str]:
    """What the doctor finds wrong: the command that mends it, by the name of what is wrong."""
    seen = doctor(settings)
    return {Path(s.where).name: s.mend for s in seen if isinstance(s, Finding)}


def halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def data_file(settings: Settings, table: str, day: str) -> Path:
    """A file that the present state needs."""
    files = lake_files(settings.warehouse / "catalog.sqlite")
    path = next(f.path for f in files if (f.table, f.day, f.end) == (table, day, None))
    return settings.warehouse / "data" / path


def test_the_doctor_of_a_sound_home_says_so_and_how_much_it_looked_at(
    sound: Settings, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(sound, "doctor") == 0
    told = capsys.readouterr().out
    assert "looked at slices of jobs: 3 days" in told
    assert "looked at 3 days, 2025-04-01 to 2025-04-03" in told
    assert told.endswith("nothing is wrong\n")


@pytest.mark.bar(13)
def test_a_truncated_and_a_missing_data_file_are_named_forgotten_and_computed_again(
    copied: Settings, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checksums(copied)
    torn = data_file(copied, "core.jobs", str(FIRST))
    missing = data_file(copied, "mart.daily_jobs", str(DAYS[1]))
    halve(torn)
    missing.unlink()

    assert command(copied, "doctor") == 1
    assert f"where: {torn}\n  mend:  {MEND}\n" in capsys.readouterr().out
    with pytest.raises(WarehouseDamaged, match="2 things are wrong"):
        check_integrity(copied)
    assert command(copied, "sql", "select sum(pandaid) from core.jobs") == 2
    told = capsys.readouterr().err
    assert "`gridlens doctor`" in told
    assert told.count("\n") == 1

    assert mend(copied).numbers["damaged files"] == 2
    settle(copied)
    assert checksums(copied) == before
    # The last backup still names the file that is gone.
    assert set(found(copied).values()) == {"gridlens upkeep back-up"}
    back_up(copied)
    assert found(copied) == {}


@pytest.mark.parametrize(("host", "is_found"), [(socket.gethostname(), True), ("other", False)])
def test_a_lock_is_judged_by_its_process_only_on_the_host_of_that(
    tmp_path: Path, host: str, is_found: bool
) -> None:
    settings = Settings(home=tmp_path)
    settings.warehouse.mkdir()
    with writer_lock(settings.warehouse, 0):
        assert held_by(settings.warehouse) == f"{os.getpid()} on {socket.gethostname()}"
        ended = subprocess.Popen(["true"])
        ended.wait()
        (settings.warehouse / LOCK).write_text(f"{ended.pid} on {host}")
        assert any(isinstance(one, Finding) for one in writer_is_alive(settings)) == is_found


@pytest.mark.bar(13)
def test_a_truncated_catalog_is_named_and_comes_back_from_its_backup(
    copied: Settings, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checksums(copied)
    halve(copied.warehouse / "catalog.sqlite")

    assert found(copied) == {"catalog.sqlite": "gridlens restore && gridlens settle"}
    assert command(copied, "status") == 2
    told = capsys.readouterr().err
    assert "`gridlens restore` brings back the last backup" in told
    assert told.count("\n") == 1

    restore(copied)
    assert checksums(copied) == before
    assert found(copied) == {}


def test_a_restored_warehouse_has_the_checksums_of_then_and_settling_brings_it_to_now(
    copied: Settings,
) -> None:
    now = checksums(copied)
    with open_lake(copied).writer() as con:
        con.execute(f"delete from mart.daily_jobs where job_day = '{FIRST}'")
    forget_records(open_lake(copied), [("mart.daily_jobs", str(FIRST))])
    then = checksums(copied)
    assert back_up(copied).numbers["made"] == 1
    assert back_up(copied).numbers["made"] == 0  # nothing has changed since
    newer = backups(copied)[-1]
    settle(copied)
    assert checksums(copied) == now

    restore(copied, newer.name)
    assert checksums(copied) == then
    settle(copied)
    assert checksums(copied) == now

    older = backups(copied)[0]
    halve(copied.backups / newer.name / "catalog.sqlite")
    assert found(copied)[newer.name] == f"rm -r {copied.backups / newer.name}"
    with pytest.raises(WarehouseDamaged, match="is not what was written"):
        restore(copied, newer.name)
    assert older.name in restore(copied).summary()


def write_a_state(settings: Settings, rows_of: str) -> int:
    """Write a state of the warehouse; its number."""
    with open_lake(settings).writer() as con:
        con.execute(f"delete from {rows_of}")
    return open_lake(settings).snapshot()


def test_what_is_written_after_a_restore_is_backed_up_and_has_a_number_of_its_own(
    copied: Settings,
) -> None:
    first = open_lake(copied).snapshot()
    assert write_a_state(copied, "mart.daily_jobs") == first + 1
    assert back_up(copied).numbers["made"] == 1
    restore(copied, backups(copied)[0].name)
    assert open_lake(copied).snapshot() == first + 2  # nothing but a number
    assert write_a_state(copied, "core.tasks") == first + 3
    now = checksums(copied)

    assert back_up(copied).numbers["made"] == 1
    halve(copied.warehouse / "catalog.sqlite")
    restore(copied)
    assert checksums(copied) == now


def test_a_backup_of_another_state_with_the_same_number_does_not_do(copied: Settings) -> None:
    last = backups(copied)[-1]
    with closing(sqlite3.connect(copied.warehouse / "catalog.sqlite")) as con, con:
        con.execute(
            "update ducklake_snapshot set snapshot_time = '2025-05-01 00:00:00+00' "
            "where snapshot_id = ?",
            (last.snapshot,),
        )
    assert back_up(copied).numbers["made"] == 1
    assert [b.snapshot for b in backups(copied)] == [last.snapshot] * 2


@pytest.mark.parametrize("is_torn", [True, False], ids=["torn", "whole"])
def test_what_a_restore_puts_aside_has_the_last_commit(copied: Settings, is_torn: bool) -> None:
    catalog = copied.warehouse / "catalog.sqlite"
    with closing(sqlite3.connect(catalog)) as reader:
        reader.execute("select count(*) from ducklake_snapshot").fetchone()
        state = write_a_state(copied, "mart.daily_jobs")
        log = catalog.with_name("catalog.sqlite-wal").read_bytes()
        if is_torn:
            catalog.write_bytes(b"torn" + catalog.read_bytes()[4:])
        restore(copied)
    aside = catalog.with_name("catalog.sqlite.replaced")
    if is_torn:
        assert aside.with_name("catalog.sqlite.replaced-wal").read_bytes() == log
    else:
        assert present_state(aside)[0] == state
        assert not aside.with_name("catalog.sqlite.replaced-wal").exists()


def test_a_torn_description_of_a_backup_is_no_reason_not_to_settle(copied: Settings) -> None:
    facts = copied.backups / backups(copied)[-1].name / "backup.json"
    halve(facts)
    report = settle(copied)
    assert report.numbers["files removed"] == 0
    assert f"no file is removed: the backup {facts.parent} cannot be read" in report.summary()
    assert any(f"rm -r {facts.parent}" in s.what for s in doctor(copied) if isinstance(s, Finding))


@pytest.mark.bar(14)
def test_a_truncated_slice_is_found_by_its_hash_and_nothing_is_loaded_from_it(
    copied: Settings,
) -> None:
    store = SliceStore(copied.slices)
    manifest = store.manifest("tasks", FIRST)
    assert manifest is not None
    halve(store.path(manifest))

    assert found(copied) == {f"{FIRST}.json": f"gridlens run-day {FIRST}"}
    with pytest.raises(SliceError, match="sha256 differs"):
        validate(copied, FIRST)


def test_a_missing_slice_and_garbage_in_a_manifest_are_named(
    copied: Settings, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    store = SliceStore(copied.slices)
    manifest = store.manifest("tasks", FIRST)
    assert manifest is not None
    store.path(manifest).unlink()
    garbage = copied.slices / "tasks" / f"{DAYS[1]}.json"
    garbage.write_text("{", encoding="utf-8")

    assert found(copied) == {
        f"{FIRST}.json": f"gridlens run-day {FIRST}",
        garbage.name: f"rm {garbage} && gridlens run-day {DAYS[1]}",
    }
    assert command(copied, "status") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_stale_day_a_missing_day_and_a_missing_key_are_named(copied: Settings) -> None:
    forget_records(open_lake(copied), [("mart.daily_jobs", str(FIRST))])
    for path in copied.slices.glob(f"*/{DAYS[1]}.json"):
        path.unlink()
    seen = [s for s in days_hold(copied) if isinstance(s, Finding)]
    assert [(s.where, s.mend) for s in seen] == [
        (str(FIRST), "gridlens settle"),
        (str(DAYS[1]), f"gridlens run-day {DAYS[1]}"),
        (str(DAYS[2]), "gridlens settle"),  # its volume is held against the days before
    ]
    assert "GRIDLENS_PERSONAL_KEY" in found(replace(copied, personal_key=""))


def test_a_check_that_cannot_end_is_a_finding_and_the_others_still_look(sound: Settings) -> None:
    def ends_badly(settings: Settings) -> Iterable[Finding | Looked]:
        raise SliceError("it is torn")

    def looks_on(settings: Settings) -> Iterable[Finding | Looked]:
        yield Looked("all")

    seen = list(doctor(sound, [ends_badly, looks_on]))
    assert seen == [
        Finding("could not look: it is torn", "ends_badly", "gridlens doctor"),
        Looked("all"),
    ]

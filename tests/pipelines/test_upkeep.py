"""Upkeep changes no answer: what goes is old states, old slices and files that nobody needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest
from small_grid import FIRST, ask, checksums

from gridlens.errors import NotFound, SliceError
from gridlens.pipelines import (
    check_integrity,
    compact_files,
    extract,
    prune,
    status,
    upkeep,
    validate,
)
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.judge import judged, manifests_of
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.window import Day, Window

TODAY = FIRST.plus(1 + 7 + 1)  # a day is kept, and the seven that its jobs look back on
SHOWN = "select distinct day::varchar from raw.slices where file is not null order by 1"


def test_upkeep_leaves_every_row_and_only_the_present_state(loaded: Settings) -> None:
    settings = replace(loaded, keep_snapshots_days=1e-6)
    before, states = checksums(settings), open_lake(settings).snapshot()
    told: list[str] = []
    upkeep(settings, told.append)
    assert [line.split(":")[0] for line in told] == [
        "prune",
        "expire",
        "compact",
        "clean up",
        "check",
        "back up",
    ]
    assert checksums(settings) == before
    with pytest.raises(NotFound, match="no state"):
        open_lake(settings).reader(states - 1)
    assert (settings.warehouse / "SHA256SUMS").exists()

    assert set(compact_files(settings).numbers.values()) == {0}
    assert check_integrity(settings).numbers["newly sealed"] == 0


def test_all_slices_are_kept_unless_the_operator_says_how_long(warehouse: Settings) -> None:
    assert "all slices are kept" in prune(warehouse).summary()


def test_a_pruned_day_stays_in_the_warehouse_and_is_not_stale(loaded: Settings) -> None:
    settings = replace(loaded, keep_slices_days=1)
    core = {k: v for k, v in checksums(settings).items() if not k.startswith("raw.")}
    store = SliceStore(settings.slices)
    dump = store.manifest("rses", FIRST)

    pruned = prune(settings, TODAY)

    assert pruned.numbers["slices"] == pruned.numbers["no longer shown"] == 6
    assert ask(settings, SHOWN.replace("where", "where table_name = 'jobs' and")) == [
        (str(FIRST.plus(1)),),
        (str(FIRST.plus(2)),),
    ]
    assert {k: v for k, v in checksums(settings).items() if not k.startswith("raw.")} == core
    assert status(settings, Window.of(FIRST))[0].state in ("complete", "edge")
    assert ask(settings, f"select count(*) from raw.quarantine where day = '{FIRST}'") == [(0,)]
    assert store.manifest("rses", FIRST) == dump  # a later day may need it
    with pytest.raises(SliceError, match=f"`gridlens run-day {FIRST}`"):
        validate(settings, FIRST)
    assert prune(settings, TODAY).numbers["slices"] == 0


def test_a_stale_day_is_not_pruned(loaded: Settings, tmp_path: Path) -> None:
    settings = replace(loaded, keep_slices_days=1)
    (settings.slices / "tasks" / f"{FIRST}.json").rename(tmp_path / "away.json")
    assert prune(settings, TODAY).numbers["slices"] == 0


def compared_with(settings: Settings, day: Day) -> set[str]:
    """How many days before it the measures of a day's jobs found."""
    outcome = judged(settings, manifests_of(SliceStore(settings.slices), day), day)
    (jobs,) = (s for s in outcome.slices if s.contract.table.name == "jobs")
    notes = [measure.note for measure in jobs.measures]
    return {note.split(" of the days")[0] for note in notes if "of the days before" in note}


def test_the_day_after_a_pruned_one_is_compared_with_the_profile_that_was_kept(
    loaded: Settings,
) -> None:
    settings = replace(loaded, keep_slices_days=1)
    second = FIRST.plus(1)
    passed, state = validate(settings, second).numbers, status(settings, Window.of(second))

    prune(settings, TODAY)

    assert status(settings, Window.of(second)) == state
    assert validate(settings, second).numbers == passed
    assert compared_with(settings, second) == {"1"}
    rmtree(settings.profiles)
    assert validate(settings, second).numbers == passed
    assert compared_with(settings, second) == {"0"}


def test_files_of_a_pruned_day_are_not_extracted_without_its_jobs(loaded: Settings) -> None:
    settings = replace(loaded, keep_slices_days=1)
    prune(settings, TODAY)
    store = SliceStore(settings.slices)
    before = store.manifest("files", FIRST)
    with pytest.raises(SliceError, match=rf"jobs {FIRST} was pruned.*`gridlens run-day {FIRST}`"):
        extract(settings, "files", FIRST)
    assert store.manifest("files", FIRST) == before

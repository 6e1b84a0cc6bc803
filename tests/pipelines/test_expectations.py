"""Measures on their way into the warehouse: what stops a day, what is kept, what settles."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_grid import DAYS, ask, checksums, elsewhere, run_days

from gridlens.errors import ContractBroken, SettingsError, SliceError
from gridlens.pipelines import extract, load, settle, status, validate
from gridlens.pipelines.judge import judged, manifests_of
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.window import Window

ROWS = f"from raw.expectation_results where table_name = 'jobs' and day = '{DAYS[0]}'"


def give_bounds(settings: Settings, bounds: str) -> None:
    text = f"[jobs.rows]\n{bounds}\nbecause = 'this grid is small'\n"
    settings.thresholds.write_text(text, encoding="utf-8")


def test_a_measure_that_fails_stops_the_day_and_one_that_warns_does_not(loaded: Settings) -> None:
    settings = replace(loaded, data_docs_days=5)
    before = checksums(loaded)
    give_bounds(settings, "fail = { high = 10 }")
    page = settings.data_docs / str(DAYS[0]) / "index.html"
    with pytest.raises(ContractBroken, match=r"rows: .* should be at most 10: this grid") as raised:
        validate(settings, DAYS[0])
    assert f"All of it is in {page}. Look at" in str(raised.value)
    assert 'class="fail">fail</td><td>rows' in page.read_text()
    with pytest.raises(ContractBroken):
        load(settings, DAYS[0])
    assert checksums(loaded) == before

    give_bounds(settings, "warn = { high = 10 }")
    report = validate(settings, DAYS[0])
    assert report.numbers["data_docs"] == str(page)
    assert any(note.startswith("jobs: rows: ") for note in report.notes)
    load(settings, DAYS[0])
    kept = f"select warn_high, fail_high, status, reason {ROWS} and measure = 'rows'"
    assert ask(loaded, kept) == [(10.0, None, "warn", "this grid is small")]
    assert "unchanged" in load(settings, DAYS[0]).numbers


def test_changed_bounds_reach_the_warehouse_with_the_next_settle(loaded: Settings) -> None:
    give_bounds(loaded, "warn = { high = 10 }")
    because = "raw.check_results: the contracts or their bounds have changed"
    [day] = status(loaded, Window.of(DAYS[0]))
    assert (day.state, because in day.because) == ("stale", True)
    settle(loaded)
    kept = f"select warn_high, status {ROWS} and measure = 'rows'"
    assert ask(loaded, kept) == [(10.0, "warn")]
    assert because not in status(loaded, Window.of(DAYS[0]))[0].because


def test_a_load_goes_on_where_its_pages_cannot_be_written(loaded: Settings) -> None:
    settings = replace(loaded, data_docs_days=5)
    settings.data_docs.write_text("no folder")
    report = load(settings, DAYS[0])
    assert "unchanged" in report.numbers
    assert f"the quality pages of {DAYS[0]} cannot be written" in report.notes[0]


def test_thresholds_of_nothing_stop_the_day_with_their_file(loaded: Settings) -> None:
    loaded.thresholds.write_text("[jobs.row]\nbecause = 'a slip'\n")
    with pytest.raises(SettingsError, match="'row' is no measure of jobs"):
        validate(loaded, DAYS[0])


@pytest.mark.slow
def test_measures_of_a_day_are_those_of_every_order_of_loading(
    warehouse: Settings, tmp_path: Path
) -> None:
    other = elsewhere(warehouse, tmp_path / "other")
    run_days(other, [DAYS[1], DAYS[0]])
    query = f"from raw.expectation_results where day = '{DAYS[1]}' order by all"
    assert ask(other, query) != ask(warehouse, query)
    settle(other)
    assert ask(other, query) == ask(warehouse, query)
    shutil.rmtree(other.profiles)
    assert "unchanged" in load(other, DAYS[1]).numbers


def test_a_day_without_its_jobs_has_no_measure_that_asks_for_them(warehouse: Settings) -> None:
    store = SliceStore(warehouse.slices)
    others = [m for m in manifests_of(store, DAYS[0]) if m.table != "jobs"]
    judgements = judged(warehouse, others, DAYS[0]).slices
    asking = {m.measure.name: m.message for j in judgements for m in j.measures}
    assert asking["files_without_job_ratio"] == "not judged: the jobs of the day are not there"
    assert asking["transfers_without_task_ratio"] == asking["files_without_job_ratio"]


def test_a_day_whose_jobs_are_of_another_reading_than_its_files_warns(warehouse: Settings) -> None:
    manifests = manifests_of(SliceStore(warehouse.slices), DAYS[0])
    tomorrow = manifests_of(SliceStore(warehouse.slices), DAYS[1])
    mixed = [m for m in tomorrow if m.table == "jobs"] + manifests[1:]
    by_name = {
        m.measure.name: m for j in judged(warehouse, mixed, DAYS[0]).slices for m in j.measures
    }
    assert by_name["files_without_job_ratio"].status == "warn"
    assert by_name["jobs_without_files_ratio"].status == "warn"


def test_a_torn_slice_of_a_day_before_is_named(loaded: Settings) -> None:
    store = SliceStore(loaded.slices)
    manifest = store.manifest("jobs", DAYS[0])
    assert manifest is not None
    store.path(manifest).write_bytes(b"torn")
    with pytest.raises(SliceError, match=rf"{store.path(manifest)}.*extract that day again"):
        validate(loaded, DAYS[1])
    extract(loaded, "jobs", DAYS[0])
    validate(loaded, DAYS[1])


def test_a_slice_of_a_day_before_that_was_pruned_stops_nothing(loaded: Settings) -> None:
    assert SliceStore(loaded.slices).prune("jobs", DAYS[0])
    manifests = manifests_of(SliceStore(loaded.slices), DAYS[1])
    assert judged(loaded, manifests, DAYS[1]).results

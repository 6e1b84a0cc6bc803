"""What a day can be, and what becomes of bad input."""

from __future__ import annotations

import gzip
import importlib
import json
import shutil

import pytest
from small_grid import DAYS, ask, change_one_percent, checksums, run_days, run_jobs_again

from gridlens.errors import ContractBroken, NotFound, SettingsError, SliceError, SourceUnavailable
from gridlens.pipelines import extract, load, match, run_day, settle, status, validate
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.extract import slice_store
from gridlens.pipelines.status import status_in
from gridlens.settings import Settings
from gridlens.window import Day, Window

# By name, since the package shows the function of that name in the module's place.
load_module = importlib.import_module("gridlens.pipelines.load")


def states(settings: Settings, first: str, end: str) -> list[str]:
    return [day.state for day in status(settings, Window.parse(first, end))]


def test_days_that_the_source_cannot_have_are_unavailable(settings: Settings) -> None:
    for text in ("2025-03-31", "2025-04-04"):
        run_day(settings, Day.parse(text), lambda _: None)
    run_days(settings, DAYS[:1])
    assert states(settings, "2025-03-30", "2025-04-02") == ["missing", "unavailable", "edge"]
    assert states(settings, "2025-04-04", "2025-04-05") == ["unavailable"]
    assert [day.day for day in status(settings)] == [DAYS[0]]


@pytest.mark.bar(20)
def test_a_day_without_documents_is_empty_and_not_missing(settings: Settings) -> None:
    shutil.rmtree(settings.home / "exports" / str(DAYS[1]))
    for late in (settings.home / "exports").glob("*/late-*"):
        late.unlink()
    run_days(settings, DAYS[1:2])
    assert states(settings, "2025-04-02", "2025-04-04") == ["empty", "missing"]


@pytest.mark.bar(20)
def test_exports_that_are_not_there_empty_nothing(loaded: Settings) -> None:
    before = checksums(loaded)
    shutil.move(loaded.home / "exports", loaded.home / "elsewhere")
    with pytest.raises(SourceUnavailable, match="2025-04-01"):
        run_days(loaded, DAYS[:1])
    assert checksums(loaded) == before


def test_a_day_whose_jobs_moved_to_the_next_is_stale_until_it_is_settled(
    loaded: Settings,
) -> None:
    assert "stale" in states(loaded, "2025-04-01", "2025-04-04")
    settle(loaded)
    assert states(loaded, "2025-04-01", "2025-04-04") == ["edge"] * 3
    again = settle(loaded).numbers
    assert [again[step] for step in ("load", "match", "indicators")] == [0, 0, 0]


def test_matching_a_day_that_is_not_loaded_says_what_to_do(warehouse: Settings) -> None:
    with pytest.raises(NotFound, match="load the day first"):
        match(warehouse, DAYS[2].plus(1))


def test_files_before_their_jobs_are_refused(settings: Settings) -> None:
    with pytest.raises(NotFound, match="extract jobs first"):
        extract(settings, "files", DAYS[0])


def test_loading_without_a_slice_is_refused(settings: Settings) -> None:
    with pytest.raises(NotFound, match="extract the day first"):
        load(settings, DAYS[0])


def test_without_a_key_no_document_is_read(settings: Settings) -> None:
    keyless = Settings(home=settings.home)
    with pytest.raises(SettingsError, match="GRIDLENS_PERSONAL_KEY"):
        extract(keyless, "jobs", DAYS[0])


@pytest.mark.bar(14)
def test_a_torn_slice_is_not_loaded_and_extracting_the_day_again_mends_it(loaded: Settings) -> None:
    before, store = checksums(loaded), slice_store(loaded)
    manifest = store.manifest("jobs", DAYS[0])
    assert manifest
    path = store.path(manifest)
    path.write_bytes(path.read_bytes()[:-100])
    for step in (validate, load):
        with pytest.raises(SliceError, match=r"is not what was written .* extract jobs 2025-04-01"):
            step(loaded, DAYS[0])
    extract(loaded, "jobs", DAYS[0])
    assert "unchanged" in load(loaded, DAYS[0]).numbers
    assert checksums(loaded) == before


def spoil_every_second_job(settings: Settings) -> None:
    path = next((settings.home / "exports" / str(DAYS[0])).glob("jobs-*.ndjson.gz"))
    with gzip.open(path, "rt") as lines:
        documents = [json.loads(line) for line in lines]
    for document in documents[::2]:
        document["corecount"] = "many"
    with gzip.open(path, "wt") as out:
        out.writelines(json.dumps(document) + "\n" for document in documents)


def test_a_broken_contract_stops_the_day_and_leaves_the_warehouse_as_it_was(
    loaded: Settings,
) -> None:
    before = checksums(loaded)
    spoil_every_second_job(loaded)
    extract(loaded, "jobs", DAYS[0])
    with pytest.raises(ContractBroken, match=r"jobs 2025-04-01 .*") as broken:
        validate(loaded, DAYS[0])
    assert "quarantined" in str(broken.value)
    assert "corecount" in str(broken.value)
    with pytest.raises(ContractBroken):
        load(loaded, DAYS[0])
    assert checksums(loaded) == before


@pytest.mark.bar(16)
def test_every_quarantined_document_is_kept_with_field_and_reason(warehouse: Settings) -> None:
    [(promised,)] = ask(warehouse, "select sum(quarantined) from raw.slices")
    [(kept,)] = ask(
        warehouse,
        "select count(*) from raw.quarantine where field <> '' and reason <> '' and document <> ''",
    )
    assert kept == promised
    assert kept > 0


def test_no_personal_name_reaches_a_slice_or_the_warehouse(warehouse: Settings) -> None:
    names = set()
    for path in (warehouse.home / "exports").glob("*/jobs-*.ndjson.gz"):
        with gzip.open(path, "rt") as lines:
            names |= {json.loads(line).get("produsername") for line in lines}
    [(found,)] = ask(warehouse, "select count(distinct produsername) from core.jobs")
    assert found > 1
    hashed = {row[0] for row in ask(warehouse, "select distinct produsername from core.jobs")}
    assert not hashed & names
    documents = ask(warehouse, "select document from raw.quarantine")
    texts = [name for name in names if isinstance(name, str) and len(name) > 5]
    assert not [t for t in texts for (document,) in documents if f'"{t}"' in str(document)]


@pytest.mark.bar(15)
def test_identity_holds_for_every_slice(warehouse: Settings) -> None:
    broken = ask(
        warehouse,
        "select * from raw.slices where fetched <> accepted + duplicates + quarantined",
    )
    assert broken == []


def test_a_job_that_vanishes_from_its_day_is_recorded_as_gone(loaded: Settings) -> None:
    path = next((loaded.home / "exports" / str(DAYS[0])).glob("jobs-*.ndjson.gz"))
    with gzip.open(path, "rt") as lines:
        first, *rest = lines.readlines()
    with gzip.open(path, "wt") as out:
        out.writelines(rest)
    run_jobs_again(loaded, DAYS[:1])
    gone = ask(loaded, "select table_name, row_key from raw.gone where table_name = 'jobs'")
    assert gone == [("jobs", json.dumps({"pandaid": json.loads(first)["pandaid"]}))]


def test_changed_documents_change_their_day_alone(loaded: Settings) -> None:
    query = "select day, fingerprint from raw.slices where table_name = 'jobs'"
    before = dict(ask(loaded, query))
    assert change_one_percent(loaded.home / "exports" / str(DAYS[0]), seed=1) > 0
    run_jobs_again(loaded, DAYS)
    after = dict(ask(loaded, query))
    assert [after[d.date] == before[d.date] for d in DAYS] == [False, True, True]


def test_what_is_loaded_is_what_was_checked_though_the_slice_is_replaced_meanwhile(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"select fingerprint from raw.slices where table_name = 'jobs' and day = '{DAYS[0]}'"
    before = ask(loaded, query)
    change_one_percent(loaded.home / "exports" / str(DAYS[0]), seed=1)
    judged = load_module.judged

    def check_and_extract_again(*given: object) -> object:
        results = judged(*given)
        extract(loaded, "jobs", DAYS[0])
        return results

    monkeypatch.setattr(load_module, "judged", check_and_extract_again)
    assert "unchanged" in load(loaded, DAYS[0]).numbers
    assert status(loaded, Window.of(DAYS[0]))[0].state == "stale"
    monkeypatch.undo()
    load(loaded, DAYS[0])
    assert ask(loaded, query) != before


def test_who_reads_one_state_is_told_of_its_days_though_another_loads_more(
    settings: Settings,
) -> None:
    run_days(settings, DAYS[:1])
    with open_lake(settings).reader() as lake:
        lake.execute("begin transaction")
        before = status_in(lake, settings)
        run_days(settings, DAYS[1:2])
        now, arrived = status_in(lake, settings)
        assert [now.day] == [day.day for day in before]
        assert "core.jobs: never computed" in arrived.because
    assert states(settings, "2025-04-02", "2025-04-03") == ["edge"]

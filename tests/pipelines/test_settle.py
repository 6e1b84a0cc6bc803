"""What settling notices, and what it does not let itself be stopped by."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_grid import DAYS, ask, checksums, elsewhere, run_days

from gridlens.errors import Unsettled
from gridlens.pipelines import extract, load_file, settle, status
from gridlens.settings import Settings
from gridlens.window import Day, Window


def rewrite(path: Path, documents: list[dict[str, object]]) -> None:
    with gzip.open(path, "wt") as out:
        out.writelines(json.dumps(document) + "\n" for document in documents)


def jobs_of(settings: Settings, day: Day) -> tuple[Path, list[dict[str, object]]]:
    path = next((settings.home / "exports" / str(day)).glob("jobs-*.ndjson.gz"))
    with gzip.open(path, "rt") as lines:
        return path, [json.loads(line) for line in lines]


def give_no_dump(settings: Settings, day: Day) -> None:
    for path in (settings.home / "exports" / str(day)).glob("cric_*"):
        path.unlink()


def move_a_queue(settings: Settings, day: Day) -> None:
    path = settings.home / "exports" / str(day) / "cric_pandaqueues.json"
    queues = json.loads(path.read_text())
    for queue in queues.values():
        queue["cloud"] = "XX"
    path.write_text(json.dumps(queues))


def test_the_dump_that_holds_for_a_day_is_found_in_any_order(
    settings: Settings, tmp_path: Path
) -> None:
    give_no_dump(settings, DAYS[2])
    move_a_queue(settings, DAYS[1])
    other = elsewhere(settings, tmp_path / "other")
    run_days(settings, DAYS)
    run_days(other, [DAYS[0], DAYS[2], DAYS[1]])
    settle(settings)
    settle(other)
    [(cloud,)] = ask(other, f"select distinct cloud from core.queues where dump_day = '{DAYS[2]}'")
    assert cloud == "XX"
    assert checksums(other) == checksums(settings)


def test_a_day_that_breaks_its_contract_does_not_keep_the_others_from_settling(
    loaded: Settings,
) -> None:
    settle(loaded)
    path, documents = jobs_of(loaded, DAYS[0])
    rewrite(path, [{**d, "corecount": "many"} for d in documents])
    extract(loaded, "jobs", DAYS[0])
    path, documents = jobs_of(loaded, DAYS[1])
    rewrite(path, [{**d, "jobstatus": "closed"} for d in documents[:3]] + documents[3:])
    extract(loaded, "jobs", DAYS[1])
    with pytest.raises(Unsettled, match=r"load 2025-04-01: jobs 2025-04-01 breaks its contract"):
        settle(loaded)
    states = [day.state for day in status(loaded, Window(DAYS[0], DAYS[2]))]
    assert states == ["stale", "edge"]


def test_a_day_with_transfers_and_no_jobs_settles(settings: Settings) -> None:
    paths = sorted((settings.home / "exports" / str(DAYS[0])).glob("transfers-*"))
    load_file(settings, paths, "rucio_enriched_transfers")
    settle(settings)
    assert settle(settings).numbers["load"] == 0
    assert ask(settings, "select count(*) from core.transfers") != [(0,)]


def test_documents_that_come_twice_are_counted_though_no_row_changes(loaded: Settings) -> None:
    settle(loaded)
    path, documents = jobs_of(loaded, DAYS[0])
    rewrite(path, documents + documents[:5])
    extract(loaded, "jobs", DAYS[0])
    query = f"select duplicates from raw.slices where table_name = 'jobs' and day = '{DAYS[0]}'"
    [(before,)] = ask(loaded, query)
    settle(loaded)
    [(after,)] = ask(loaded, query)
    assert int(str(after)) == int(str(before)) + 5


def test_a_transfer_that_names_a_job_of_an_earlier_day_is_a_direct_pair(loaded: Settings) -> None:
    settle(loaded)
    [(pandaid,)] = ask(loaded, f"select min(pandaid) from core.jobs where job_day = '{DAYS[0]}'")
    document = {
        "data": {
            "event_type": "put_sm_a",
            "clientState": "DONE",
            "traceId": "late-and-named",
            "name": "log.tgz",
            "pandaid": pandaid,
            "started_at": datetime(2025, 4, 3, 12, tzinfo=UTC).timestamp(),
        }
    }
    folder = loaded.home / "exports" / str(DAYS[2])
    rewrite(folder / "transfers-900.ndjson.gz", [document])
    extract(loaded, "transfers", DAYS[2])
    settle(loaded)
    pair = "where transfer_id = 'late-and-named'"
    assert ask(loaded, f"select pandaid, exact, rm2, direct from core.job_transfers {pair}") == [
        (pandaid, False, False, True)
    ]
    shutil.move(folder / "transfers-900.ndjson.gz", loaded.home)
    extract(loaded, "transfers", DAYS[2])
    settle(loaded)
    assert ask(loaded, f"select pandaid from core.job_transfers {pair}") == []

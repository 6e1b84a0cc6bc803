"""The grid that never was: its bytes, its shapes, its truth and the faults planted in it."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gridlens.errors import SettingsError
from gridlens.sources import load_config
from gridlens.tables import TABLES
from gridlens.twin import make_days
from gridlens.twin.documents.clock import iso
from gridlens.twin.faults.catalogue import FATES, FILE_FAULTS, JOB_FAULTS, TRANSFER_FAULTS
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import dealt, draws
from gridlens.window import Day

FIRST = Day.parse("2025-04-01")
DAYS = ("2025-04-01", "2025-04-02")


def make(home: Path, seed: int = 7, days: int = 2, jobs_per_day: int = 2_000) -> list[str]:
    said: list[str] = []
    make_days(
        home, seed=seed, first=FIRST, days=days, jobs_per_day=jobs_per_day, progress=said.append
    )
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twin")
    make(path)
    return path


@cache
def documents(home: Path, table: str, day: str = "*") -> list[dict]:
    found = []
    for path in sorted(home.glob(f"exports/{day}/{table}-*.ndjson.gz")):
        found += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return found


def all_documents(home: Path, table: str) -> list[dict]:
    return documents(home, table) + documents(home, f"late-{table}")


def transfer_id(data: dict) -> str:
    return data.get("request_id") or data["traceId"]


def truth(home: Path) -> list[dict]:
    return [
        row for day in DAYS for row in pq.read_table(home / "truth" / f"{day}.parquet").to_pylist()
    ]


def faults(home: Path) -> list[dict]:
    return [
        row
        for day in DAYS
        for row in pq.read_table(home / "truth" / f"faults-{day}.parquet").to_pylist()
    ]


def digests(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file()
    }


def test_exports_of_somebody_else_are_never_removed(tmp_path):
    (tmp_path / "exports" / "2025-04-01").mkdir(parents=True)
    with pytest.raises(SettingsError, match="did not make"):
        make(tmp_path, jobs_per_day=20)
    assert (tmp_path / "exports" / "2025-04-01").is_dir()


def test_one_seed_gives_one_sequence_of_bytes(tmp_path):
    make(tmp_path / "one", days=2, jobs_per_day=200)
    make(tmp_path / "two", days=2, jobs_per_day=200)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_making_again_leaves_the_same_files(tmp_path):
    make(tmp_path, days=2, jobs_per_day=200)
    before = digests(tmp_path)
    make(tmp_path, days=2, jobs_per_day=200)
    assert digests(tmp_path) == before


def test_another_seed_gives_another_history(tmp_path):
    make(tmp_path / "one", days=1, jobs_per_day=50)
    make(tmp_path / "two", seed=8, days=1, jobs_per_day=50)
    assert documents(tmp_path / "one", "jobs") != documents(tmp_path / "two", "jobs")


def test_progress_is_said_once_a_day(tmp_path):
    said = make(tmp_path, days=2, jobs_per_day=20)
    assert [line.split(",")[0] for line in said] == ["2025-04-01: 20 jobs", "2025-04-02: 20 jobs"]


def test_quotas_are_kept_to_within_one():
    names = dealt(draws(1, FIRST, "test"), (("rare", 0.0045), ("rest", 0.0)), 1_000)
    assert Counter(names) == {"rest": 996, "rare": 4}


def test_times_are_written_in_four_forms():
    assert [iso(1_743_473_045, form) for form in range(4)] == [
        "2025-04-01T02:04:05",
        "2025-04-01 02:04:05",
        "2025-04-01T02:04:05+00:00",
        "2025-04-01T02:04:05Z",
    ]


def test_sources_name_every_table_that_days_need(home):
    config = load_config(home / "sources.toml")
    assert str(config.begins) == "2025-04-01"
    named = {table.name for table in TABLES.values() if config.inputs(table)}
    assert named == {table.name for table in TABLES.values() if not table.optional}


def test_half_of_the_queues_are_not_named_after_their_site(home):
    text = (home / "exports" / "2025-04-01" / "cric_pandaqueues.json").read_text()
    queues = json.loads(text)
    assert (len(queues), sum(name != q["atlas_site"] for name, q in queues.items())) == (53, 23)


def test_storage_prefix_is_not_always_the_site():
    assert platform().rse_sites["BNL-OSG2_DATADISK"] == "BNL-ATLAS"
    assert platform().rse_sites["SLACXRD_DATADISK"] == "WT2"


def test_every_day_of_jobs_is_whole(home):
    ids = {d["pandaid"] for d in all_documents(home, "jobs")}
    assert len(ids) == 4_000


def test_a_job_on_time_stands_in_the_folder_of_the_day_it_ended(home):
    ends = [d["endtime"][:10] for d in documents(home, "jobs", "2025-04-02")]
    assert set(ends) == {"2025-04-02"}


def test_a_transfer_on_time_stands_in_the_folder_of_the_day_it_started(home):
    starts = {
        str(datetime.fromtimestamp(at if at < 10**11 else at // 1000, tz=UTC).date())
        for d in documents(home, "transfers", "2025-04-02")
        if isinstance(at := d["data"]["started_at"], int)
    }
    assert starts == {"2025-04-02"}


def test_job_document_has_the_names_of_panda(home):
    document = documents(home, "jobs", "2025-04-01")[0]
    known = {column.name for column in TABLES["jobs"].columns}
    assert document.keys() - known == {"jobname"}
    assert known - document.keys() == set()


def test_file_document_has_the_names_of_panda(home):
    document = documents(home, "files", "2025-04-01")[0]
    known = {column.name for column in TABLES["files"].columns}
    assert document.keys() - known == {"dataset"}


def test_transfers_stand_under_data_with_their_index_time_beside(home):
    shapes = {tuple(sorted(d)) for d in all_documents(home, "transfers")}
    assert shapes == {("data", "metadata")}


def test_only_traces_know_a_task(home):
    data = [d["data"] for d in all_documents(home, "transfers")]
    assert {d["activity"] for d in data if d.get("jeditaskid") is not None} == {
        "Analysis Download",
        "Analysis Download Direct IO",
        "Analysis Upload",
        "Production Download",
        "Production Upload",
    }


def test_less_than_a_quarter_of_transfers_know_a_task(home):
    done = {
        transfer_id(d["data"]): d["data"].get("jeditaskid")
        for d in all_documents(home, "transfers")
        if d["data"]["event_type"] == "transfer-done"
        or d["data"].get("clientState") in ("DONE", "FOUND_ROOT")
    }
    share = sum(task is not None for task in done.values()) / len(done)
    assert 0.20 < share < 0.27


def test_few_traces_know_their_job_and_name_the_right_one(home):
    served = {}
    for row in truth(home):
        served.setdefault(row["transfer_id"], set()).add(row["pandaid"])
    named = {
        transfer_id(d["data"]): int(d["data"]["appid"])
        for d in all_documents(home, "transfers")
        if d["data"].get("appid") and d["data"]["clientState"] in ("DONE", "FOUND_ROOT")
    }
    assert 0 < len(named) < 0.05 * len(served)
    assert all(job in served[transfer] for transfer, job in named.items())


def test_truth_names_documents_that_exist(home):
    transfers = {transfer_id(d["data"]) for d in all_documents(home, "transfers")}
    jobs = {d["pandaid"] for d in all_documents(home, "jobs")}
    rows = truth(home)
    assert {row["transfer_id"] for row in rows} <= transfers
    assert {row["pandaid"] for row in rows} <= jobs


def test_redundant_copies_served_nobody(home):
    copies = {row["key"] for row in faults(home) if row["kind"].startswith("redundant_copy")}
    assert copies
    assert copies.isdisjoint(row["transfer_id"] for row in truth(home))


def test_some_copies_serve_two_jobs(home):
    owners = Counter(row["transfer_id"] for row in truth(home))
    assert set(owners.values()) == {1, 2}


def test_every_fault_of_the_catalogue_is_planted(home):
    named = {name for shares in FATES.values() for name, _ in shares} - {"intact"}
    named |= {*JOB_FAULTS, *FILE_FAULTS, *TRANSFER_FAULTS}
    assert named - {row["kind"] for row in faults(home)} <= {"site_neighbour", "output_capped"}


def test_an_input_without_rows_in_the_files_is_missing_for_that_job_only(home):
    victims = {int(row["key"]) for row in faults(home) if row["kind"] == "files_missing"}
    with_input = {d["pandaid"] for d in all_documents(home, "files") if d["type"] == "input"}
    assert victims
    assert victims.isdisjoint(with_input)
    assert len(with_input) > 3_000


def test_jobs_total_is_the_sum_of_their_inputs_without_libraries(home):
    sums: Counter[int] = Counter()
    for d in all_documents(home, "files"):
        if (
            d["type"] == "input"
            and isinstance(d["fsize"], int)
            and not d["lfn"].endswith(".lib.tgz")
        ):
            sums[d["pandaid"]] += d["fsize"]
    totals = {d["pandaid"]: d["inputfilebytes"] for d in all_documents(home, "jobs")}
    assert sum(sums[job] == (total or 0) for job, total in totals.items()) > 0.85 * len(totals)


def test_odd_types_are_few(home):
    odd = Counter(row["table"] for row in faults(home) if row["kind"] == "odd_type")
    assert set(odd) == {"jobs", "files", "transfers"}
    assert odd["transfers"] < 0.002 * len(all_documents(home, "transfers"))


def test_categories_of_errors_add_up_to_more_than_the_failed_jobs(home):
    failed = [d for d in documents(home, "jobs") if d["jobstatus"] == "failed"]
    categories = sum(
        value != 0 for d in failed for key, value in d.items() if key.endswith("errorcode")
    )
    assert 1.10 < categories / len(failed) < 1.25


def test_personal_fields_are_there_to_be_hashed(home):
    document = documents(home, "jobs", "2025-04-01")[0]
    assert document["produsername"].startswith("user")
    assert document["jobname"].startswith("user.")

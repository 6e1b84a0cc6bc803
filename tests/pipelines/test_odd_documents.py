"""Odd documents on their whole way: what becomes of them in slices, tables and indicators."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest
from small_grid import FIRST, KEY, ask

from gridlens.pipelines import extract, run_day
from gridlens.pipelines.extract import slice_store
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day

Document = dict[str, Any]
START = datetime(2025, 4, 1, 9, tzinfo=UTC).timestamp()
# A lone half of a character, and one that C takes for the end of a text.
HALF, END = "a\ud800b", "a\0b"


def job(pandaid: int, **values: Any) -> Document:
    """A job at a queue of its own, so that it is alone in every indicator by queue."""
    return {
        "pandaid": pandaid,
        "jeditaskid": 900_000 + pandaid,
        "jobstatus": "finished",
        "prodsourcelabel": "user",
        "creationtime": "2025-04-01 08:00:00",
        "starttime": "2025-04-01 10:00:00",
        "endtime": "2025-04-01 11:00:00",
        "modificationtime": "2025-04-01 11:05:00",
        "computingsite": f"QUEUE_{pandaid}",
        **values,
    }


ODD_NUMBERS: dict[int, Document] = {
    1: {"inputfilebytes": 2**63 - 1},
    2: {"inputfilebytes": 2**63},
    3: {"inputfilebytes": 10**400},
    4: {"hs06": float("nan")},
    5: {"hs06": float("inf")},
    6: {"hs06": 1e300},
    7: {"piloterrordiag": HALF},
    8: {"piloterrordiag": END},
    9: {"corecount": 1.5},
    10: {"corecount": "8"},
}
ODD_TIMES: dict[int, Document] = {
    21: {"starttime": "2025-04-01 07:00:00"},
    22: {"starttime": "2025-04-01 12:00:00"},
    23: {"creationtime": "2031-01-01 00:00:00"},
}
NEW_FIELD = job(31, brandnew="of a later version")
# Site of each copy as recorded, of a file that job 41 read at BNL.
ODD_SITES = {"to unknown": "UNKNOWN", "to nothing": "", "to an odd name": "No-where 'site'; --"}
READER = job(41, jeditaskid=77, computingsite="BNL", ninputdatafiles=1, inputfilebytes=5_000_000)
FILE = {
    "pandaid": 41,
    "jeditaskid": 77,
    "fileid": 1,
    "type": "input",
    "lfn": "odd.root",
    "scope": "mc",
    "datasetname": "mc:ds",
    "proddblock": "mc:ds",
    "fsize": 5_000_000,
    "modificationtime": "2025-04-01 11:05:00",
}


def transfer(key: str, **values: Any) -> Document:
    return {
        "data": {
            "event_type": "get_sm_a",
            "clientState": "DONE",
            "traceId": key,
            "scope": "mc",
            "name": "odd.root",
            "dataset": "mc:ds",
            "bytes": 5_000_000,
            "src_experiment_site": "CERN-PROD",
            "dst_experiment_site": "UNKNOWN",
            "started_at": START,
            "transferred_at": START + 60,
            "jeditaskid": 77,
            **values,
        }
    }


TRANSFERS = [
    *(transfer(key, dst_experiment_site=site) for key, site in ODD_SITES.items()),
    transfer("minus one", duration=-1, name="other"),
    transfer("days lost", duration=100, transferred_at=START + 86_500, name="other"),
]


def write(path: Path, documents: list[Document]) -> None:
    text = "\n".join(json.dumps(document) for document in documents)
    path.write_bytes(gzip.compress(text.encode()))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A day of a small grid with the odd documents among it, in a warehouse; tests only read."""
    settings = Settings(home=tmp_path_factory.mktemp("odd"), personal_key=KEY)
    make_days(settings.home, seed=9, first=FIRST, days=1, jobs_per_day=60, progress=lambda _: None)
    folder = settings.home / "exports" / str(FIRST)
    odd = [job(n, **values) for n, values in (ODD_NUMBERS | ODD_TIMES).items()]
    write(folder / "jobs-900.ndjson.gz", [*odd, NEW_FIELD, READER])
    write(folder / "files-900.ndjson.gz", [FILE])
    write(folder / "transfers-900.ndjson.gz", TRANSFERS)
    run_day(settings, FIRST, lambda _: None)
    return settings


@pytest.mark.bar(16)
def test_a_value_that_cannot_be_kept_puts_its_document_aside_with_its_field(odd: Settings) -> None:
    aside = ask(
        odd,
        "select regexp_extract(document, '\"pandaid\": (\\d+)', 1)::bigint as pandaid, field "
        "from raw.quarantine where table_name = 'jobs' and pandaid <= 10 order by pandaid",
    )
    assert aside == [
        (2, "inputfilebytes"),
        (3, "inputfilebytes"),
        (5, "hs06"),
        (6, "hs06"),
        (7, "(document)"),
        (8, "(document)"),
        (9, "corecount"),
    ]


@pytest.mark.bar(16)
def test_a_value_that_can_be_kept_is_kept_to_the_last_digit(odd: Settings) -> None:
    query = "select pandaid, inputfilebytes, hs06, corecount from core.jobs where pandaid <= 10"
    assert ask(odd, f"{query} order by pandaid") == [
        (1, 2**63 - 1, None, None),
        (4, None, None, None),  # NaN is a way of not knowing
        (10, None, None, 8),
    ]


@pytest.mark.bar(15)
def test_a_field_of_a_later_version_is_told_and_changes_no_value(odd: Settings) -> None:
    [(fields,)] = ask(odd, "select fields from raw.slices where table_name = 'jobs'")
    assert "brandnew" in json.loads(str(fields))
    assert "brandnew" in slice_store(odd).manifest("jobs", FIRST).unmapped
    [(status, queue)] = ask(odd, "select jobstatus, queue_s from core.jobs where pandaid = 31")
    assert (status, queue) == ("finished", 7200)


@pytest.mark.bar(15)
@pytest.mark.parametrize("name", ["jeditaskid", "computingsite", "endtime", "nevents", "cloud"])
def test_as_many_values_are_kept_as_the_accepted_documents_have(odd: Settings, name: str) -> None:
    given = 0
    for path in (odd.home / "exports" / str(FIRST)).glob("jobs-*.gz"):
        with gzip.open(path, "rt") as lines:
            documents = [json.loads(line) for line in lines]
        given += sum(d.get(name) is not None for d in documents if d["pandaid"] > 10)
    [(kept, aside)] = ask(
        odd,
        f"select (select count({name}) from raw.jobs where pandaid > 10), (select "
        f"count(json_extract_string(document, '$.{name}')) from raw.quarantine "
        "where table_name = 'jobs' and row_key::bigint > 10)",
    )
    assert int(str(kept)) + int(str(aside)) == given


@pytest.mark.bar(17)
@pytest.mark.parametrize("key", ODD_SITES)
def test_a_transfer_to_a_site_that_nobody_knows_is_kept_and_matches_by_rm2_alone(
    odd: Settings, key: str
) -> None:
    pair = f"where transfer_id = '{key}'"
    methods = ask(odd, f"select pandaid, exact, rm1, rm2 from core.job_transfers {pair}")
    assert methods == [(41, False, False, True)]
    [(recorded,)] = ask(odd, f"select dst_site_raw from core.transfers {pair}")
    assert recorded == ODD_SITES[key]


@pytest.mark.bar(18)
def test_a_duration_that_cannot_be_is_counted_anew(odd: Settings) -> None:
    query = (
        "select transfer_id, duration_src_s, duration_s from core.transfers "
        "where lfn = 'other' order by duration_s"
    )
    assert ask(odd, query) == [("minus one", None, 60), ("days lost", 100, 86_500)]


@pytest.mark.bar(19)
@pytest.mark.parametrize(
    ("pandaid", "rule", "quantity"),
    [
        (21, "negative_queue_time", "queue"),
        (22, "negative_wall_time", "wall"),
        (23, "future_time", "queue"),
    ],
)
def test_a_time_that_cannot_be_trips_a_rule_and_is_in_no_indicator(
    odd: Settings, pandaid: int, rule: str, quantity: str
) -> None:
    [(flags,)] = ask(odd, f"select quality_flags from core.jobs where pandaid = {pandaid}")
    assert rule in str(flags)
    assert ask(
        odd,
        "select jobs, mean_s from mart.job_times(date '2025-04-01', date '2025-04-02', "
        f"at_queue := 'QUEUE_{pandaid}') where quantity = '{quantity}' and jobstatus = 'Total'",
    ) == [(0, None)]


# Midnight, a leap day, and the hours that clocks in Geneva skip and repeat.
EDGES = {
    1: ("2024-02-28T23:59:59.999Z", "2024-02-28"),
    2: ("2024-02-29T00:00:00Z", "2024-02-29"),
    3: ("2024-02-29T23:59:59.999999Z", "2024-02-29"),
    4: ("2024-03-01T00:00:00", "2024-03-01"),
    5: (1_709_251_200_000, "2024-03-01"),
    6: ("2024-03-31T01:59:59+01:00", "2024-03-31"),
    7: ("2024-03-31T03:00:00+02:00", "2024-03-31"),
    8: ("2024-03-31T00:30:00+02:00", "2024-03-30"),
    9: ("2024-10-27T02:30:00+02:00", "2024-10-27"),
    10: ("2024-10-27T02:30:00+01:00", "2024-10-27"),
    11: ("2024-10-27T23:30:00-01:00", "2024-10-28"),
    12: ("2024-10-26 23:59:59", "2024-10-26"),
}


@pytest.mark.bar(21)
def test_a_document_at_the_edge_of_a_day_is_in_one_slice_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, personal_key=KEY)
    (tmp_path / "sources.toml").write_text(
        'begins = "2024-01-01"\n[[jobs]]\nmap = "panda_jobs_archived"\npath = "all.ndjson.gz"\n'
    )
    write(tmp_path / "all.ndjson.gz", [job(n, endtime=at) for n, (at, _) in EDGES.items()])
    days = {Day.parse(day).plus(n) for _, day in EDGES.values() for n in (-1, 0, 1)}
    found = []
    store = slice_store(settings)
    for day in sorted(days):
        extract(settings, "jobs", day)
        manifest = store.manifest("jobs", day)
        assert manifest
        if manifest.file:
            rows = pq.read_table(store.path(manifest), columns=["pandaid"]).to_pylist()
            found += [(row["pandaid"], str(day)) for row in rows]
    assert sorted(found) == [(n, day) for n, (_, day) in EDGES.items()]


@pytest.mark.bar(23)
def test_documents_in_another_order_give_the_same_slices(odd: Settings, tmp_path: Path) -> None:
    shuffled = Settings(home=tmp_path, personal_key=KEY)
    (tmp_path / "exports" / str(FIRST)).mkdir(parents=True)
    (tmp_path / "sources.toml").write_text(odd.sources.read_text())
    for path in (odd.home / "exports" / str(FIRST)).iterdir():
        target = tmp_path / "exports" / str(FIRST) / path.name
        if path.suffix == ".gz":
            lines = gzip.decompress(path.read_bytes()).split(b"\n")
            Random(path.name).shuffle(lines)
            target.write_bytes(gzip.compress(b"\n".join(line for line in lines if line)))
        else:
            target.write_bytes(path.read_bytes())
    for table in ("jobs", "files", "transfers", "transfer_failures"):
        extract(shuffled, table, FIRST)
        one, other = (slice_store(s).manifest(table, FIRST) for s in (odd, shuffled))
        assert one
        assert other
        assert (one.fingerprint, one.sha256) == (other.fingerprint, other.sha256)

"""Each real shape, as its system writes it and as strangers export it."""

import csv
import gzip
import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from source_exports import KEY, lines, loaded, only, shown

from gridlens.errors import SourceRejected, SourceUnavailable
from gridlens.sources import Reading, keyed_hash, load_map, map_names

BNL = files("gridlens.twin").joinpath("data", "cgsim", "jan_100_BNL.csv")
EVENT = {
    "event_type": "transfer-done",
    "request-id": "e1",
    "scope": "mc23",
    "name": "EVNT.1",
    "dst-rse": "BNL-OSG2_DATADISK",
    "file-size": 12,
    "started_at": "2025-04-01 00:00:00",
    "transferred_at": "2025-04-01 00:01:00.500000",
    "duration": -1,
}
TRACE = {
    "eventType": "get_sm_a",
    "traceId": "t1",
    "clientState": "DONE",
    "filename": "AOD.1",
    "filesize": "None",
    "remoteSite": "BNL-OSG2_DATADISK",
    "localSite": "BNL-ATLAS",
    "timeStart": 1743465590.5,
    "transferStart": 1743465600.25,
    "timeEnd": 1743465700,
    "taskid": "42868223",
    "appid": "6486070333",
    "usr": "4f9c",
}


def test_the_100_real_jobs_all_load_and_wait_as_long_as_their_own_file_says() -> None:
    with BNL.open() as text:
        own = [float(row["job_queuetime"]) for row in csv.DictReader(text)]
    rows = loaded("cgsim_jobs_csv", Path(str(BNL)))["jobs"]
    assert [(r["starttime"] - r["creationtime"]).total_seconds() for r in rows] == own
    assert (len(rows), [r for r in rows if r["problem"]]) == (100, [])
    assert len([r for r in rows if r["ninputdatafiles"] is None]) == 1


def test_an_event_with_dash_keys_loads(tmp_path: Path) -> None:
    row = only(loaded("rucio_events", lines(tmp_path / "e", EVENT)))
    names = ("transfer_id", "state", "lfn", "bytes", "dst_rse", "src_rse", "duration_src_s")
    assert shown(row, names) == ["e1", "done", "EVNT.1", 12, "BNL-OSG2_DATADISK", None, None]
    assert str(row["ended_at"]) == "2025-04-01 00:01:00.500000"


def test_an_event_with_underscore_keys_loads_alike(tmp_path: Path) -> None:
    dashed = only(loaded("rucio_events", lines(tmp_path / "a", EVENT)))
    respelled = {k.replace("-", "_"): v for k, v in EVENT.items()}
    underscored = only(loaded("rucio_events", lines(tmp_path / "b", respelled)))
    assert dashed | {"document": ""} == underscored | {"document": ""}


def test_a_get_trace_reads_from_the_remote_end_and_names_its_job(tmp_path: Path) -> None:
    row = only(loaded("pilot_traces", lines(tmp_path / "t", TRACE)))
    names = ("activity", "src_rse", "dst_rse", "jeditaskid", "pandaid", "bytes", "problem")
    assert shown(row, names) == [
        "Analysis Download", "BNL-OSG2_DATADISK", "BNL-ATLAS", 42868223, 6486070333, None, None,
    ]  # fmt: skip
    assert str(row["started_at"]) == "2025-04-01 00:00:00.250000"


def test_a_put_trace_writes_to_the_remote_end(tmp_path: Path) -> None:
    trace = TRACE | {"eventType": "put_sm", "taskid": "", "appid": "None"}
    row = only(loaded("pilot_traces", lines(tmp_path / "t", trace)))
    names = ("activity", "src_rse", "dst_rse", "jeditaskid", "pandaid")
    assert shown(row, names) == [
        "Production Upload", "BNL-ATLAS", "BNL-OSG2_DATADISK", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event_type", "state", "activity"),
    [
        ("get_sm_a", "FOUND_ROOT", "Analysis Download Direct IO"),
        ("get_sm", "ALREADY_DONE", "Production Download"),
        ("put_sm_a", "DONE", "Analysis Upload"),
        ("put_sm_a_logs", "DONE", "Analysis Logs Upload"),
        ("download", "DONE", "CLI Download"),
    ],
)
def test_a_trace_gets_the_activity_of_its_event_type_and_state(
    tmp_path: Path, event_type: str, state: str, activity: str
) -> None:
    trace = TRACE | {"eventType": event_type, "clientState": state}
    assert only(loaded("pilot_traces", lines(tmp_path / "t", trace)))["activity"] == activity


def test_failed_attempts_go_apart_and_what_has_not_ended_is_counted(tmp_path: Path) -> None:
    kinds = ("transfer-done", "transfer-failed", "transfer-queued", "transfer-odd")
    events = [EVENT | {"event_type": k, "request-id": k} for k in kinds]
    reading = Reading()
    rows = loaded("rucio_events", lines(tmp_path / "e", *events), reading=reading)
    assert [r["transfer_id"] for r in rows["transfer_failures"]] == ["transfer-failed"]
    assert [(r["transfer_id"], r["problem"]) for r in rows["transfers"]] == [
        ("transfer-done", None),
        ("transfer-odd", ("state", "says neither done, failed nor pending")),
    ]
    assert (reading.documents, reading.rows, reading.not_selected["pending"]) == (4, 3, 1)


def test_an_enriched_transfer_keeps_the_unknown_site_as_received(tmp_path: Path) -> None:
    data = {"event_type": "transfer-done", "request_id": "r1", "started_at": 1743465600}
    sites = {"src_experiment_site": " UNKNOWN", "dst_experiment_site": "BNL-ATLAS"}
    document = {"data": data | sites, "metadata": {"timestamp": 1743465600123}}
    row = only(loaded("rucio_enriched_transfers", lines(tmp_path / "m", document)))
    names = ("src_site", "src_site_raw", "dst_site", "dst_site_raw")
    assert shown(row, names) == [None, "UNKNOWN", "BNL-ATLAS", "BNL-ATLAS"]
    assert str(row["indexed_at"]) == "2025-04-01 00:00:00.123000"


def test_opensearch_hits_are_unwrapped(tmp_path: Path) -> None:
    hit = {"_index": "jobs", "_id": "7", "_source": {"pandaid": 7, "endtime": "2025-04-01"}}
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"took": 3, "hits": {"total": 1, "hits": [hit, hit]}}, indent=1))
    assert [r["pandaid"] for r in loaded("panda_jobs_archived", path)["jobs"]] == [7, 7]


def test_queues_keyed_by_name_are_dated_by_the_day_given(tmp_path: Path) -> None:
    path = tmp_path / "queues.json"
    queues = {
        "BNL": {"atlas_site": "BNL-ATLAS", "tier_level": 1, "corepower": 10.5, "corecount": 0},
        "FZK-LCG2_UCORE": {"atlas_site": "FZK-LCG2", "site": "FZK", "direct_access_lan": True},
    }
    path.write_text(json.dumps(queues))
    rows = loaded("cric_pandaqueues", path, day="2025-04-01")["queues"]
    names = ("queue", "site", "tier_level", "corepower", "corecount", "direct_access_lan")
    assert [shown(r, names) for r in rows] == [
        ["BNL", "BNL-ATLAS", 1, 10.5, None, None],
        ["FZK-LCG2_UCORE", "FZK-LCG2", None, None, None, True],
    ]
    assert {r["slice_day"] for r in rows} == {date(2025, 4, 1)}


@pytest.mark.parametrize("shape", ["list", "dict"])
def test_endpoints_load_from_a_list_or_a_dict(tmp_path: Path, shape: str) -> None:
    endpoint = {"name": "BNL-OSG2_DATADISK", "site": "BNL-ATLAS", "is_tape": False}
    path = tmp_path / "rses.json"
    path.write_text(json.dumps([endpoint] if shape == "list" else {endpoint["name"]: endpoint}))
    row = only(loaded("cric_ddmendpoints", path, day="2025-04-01"))
    assert shown(row, ("rse", "site", "is_tape")) == ["BNL-OSG2_DATADISK", "BNL-ATLAS", False]


def test_aliases_hold_between_days(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text("alias,site,source,valid_from,valid_to\nNET2,BU_ATLAS_Tier2,hand,,2017-01-01\n")
    row = only(loaded("site_aliases", path, day="2025-04-01"))
    assert shown(row, ("alias", "site", "valid_from", "valid_to")) == [
        "NET2", "BU_ATLAS_Tier2", None, date(2017, 1, 1),
    ]  # fmt: skip


def test_a_csv_of_a_stranger_loads(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(
        "\ufeffEndTime;PANDAID;note;nevents\n1/27/2025 2:51;12.0;x;nan\n", encoding="utf-8"
    )
    reading = Reading()
    row = only(loaded("panda_jobs_archived", path, reading=reading))
    assert shown(row, ("pandaid", "nevents", "problem")) == [12, None, None]
    assert (str(row["endtime"]), reading.unmapped) == ("2025-01-27 02:51:00", {"note"})


def test_a_ragged_csv_row_is_kept_without_its_names(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(
        "pandaid,endtime,produsername\n1,2025-04-01,Ann\n2,2025-04-01\n3,2025-04-01,x,Bob\n"
    )
    rows = loaded("panda_jobs_archived", path)["jobs"]
    assert [r["problem"] for r in rows] == [
        None,
        ("(document)", "has 2 cells under a header of 3"),
        ("(document)", "has 4 cells under a header of 3"),
    ]
    assert "Bob" not in rows[2]["document"]
    assert rows[0]["produsername"] == keyed_hash(KEY, "Ann")


def test_part_files_whose_schemas_differ_load_together(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    pq.write_table(pa.table({"pandaid": [1], "endtime": ["2025-04-01"]}), folder / "part-0.parquet")
    typed = {"pandaid": [2.0, None], "endtime": pa.array([0, 1], pa.timestamp("ms", "UTC"))}
    pq.write_table(pa.table(typed | {"transexitcode": [65.0, None]}), folder / "part-1.parquet")
    late = gzip.compress(b'{"PandaID": 4, "endTime": "2025-04-01", "corecount": 8}')
    (folder / "part-2").write_bytes(late)
    rows = loaded("panda_jobs_archived", folder, day="2025-04-01")["jobs"]
    assert [r["pandaid"] for r in rows if r["problem"] is None] == [1, 4]
    assert [r["transexitcode"] for r in rows if r["pandaid"] == 2] == ["65"]


def test_nested_parquet_loads_like_nested_json(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    data = {"event_type": "transfer-done", "request_id": "r1", "started_at": 1743465600000}
    pq.write_table(pa.Table.from_pylist([{"data": data}]), path)
    row = only(loaded("rucio_enriched_transfers", path))
    assert (row["transfer_id"], str(row["started_at"])) == ("r1", "2025-04-01 00:00:00")


def test_a_torn_gzip_may_still_be_written(tmp_path: Path) -> None:
    path = tmp_path / "jobs.ndjson.gz"
    path.write_bytes(gzip.compress(b'{"pandaid": 1}\n' * 1000)[:-10])
    with pytest.raises(SourceUnavailable, match="still being written"):
        loaded("panda_jobs_archived", path)


def test_a_file_whose_documents_say_no_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="no document says its day"):
        loaded("panda_jobs_archived", lines(tmp_path / "j", {"pandaid": 1}, {"pandaid": 2}))


def test_a_header_that_names_a_field_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("pandaid,pandaid\n1,2\n")
    with pytest.raises(SourceRejected, match="names 'pandaid' twice"):
        loaded("panda_jobs_archived", path)


@pytest.mark.parametrize("name", map_names())
def test_every_map_reads_an_export_that_uses_the_canonical_names(tmp_path: Path, name: str) -> None:
    table = load_map(name).table
    examples: dict[str, Any] = {"BIGINT": 3, "DOUBLE": 1.5, "BOOLEAN": True, "VARCHAR": "done"}
    times = {"TIMESTAMP": "2025-04-01 00:00:00", "DATE": "2025-04-01"}
    document = {c.name: (examples | times)[c.type] for c in table.columns}
    jobs = pa.table({"pandaid": [3], "job_day": pa.array([date(2025, 4, 1)])})
    path = lines(tmp_path / "x.ndjson", document)
    row = only(loaded(name, path, day="2025-04-01", jobs=jobs))
    assert [c.name for c in table.columns if row[c.name] is None] == []
    assert row["problem"] is None

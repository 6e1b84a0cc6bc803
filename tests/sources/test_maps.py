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


# In these shapes the canonical name means something else: CRIC's site is the PanDA site.
ELSEWHERE = {"cric_pandaqueues": ["site"]}


HEADER = "pandaid,endtime,produsername,transexitcode\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('1,2025-04-01,Ann,"odd\n2,2025-04-01,Bob,0\n3,2025-04-01,Cid,0\n', "quotes do not pair"),
        ('1,2025-04-01,Ann,"odd\n2,2025-04-01,Bob,"0"\n3,2025-04-01,Cid,0\n', "quotes do not pair"),
    ],
)
def test_a_csv_whose_quotes_do_not_pair_up_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(HEADER + text)
    with pytest.raises(SourceRejected, match=message):
        loaded("panda_jobs_archived", path)


def test_rows_that_two_stray_quotes_swallow_are_kept_as_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(
        HEADER + '1,2025-04-01,Ann,"odd\n2,2025-04-01,Bob,0\n"\n3,2025-04-01,"C\nD",0\n'
    )
    whole, broken = loaded("panda_jobs_archived", path)["jobs"]
    reason = "has rows inside a cell: a quote before them is not closed"
    assert (broken["problem"], whole["problem"]) == (("(document)", reason), None)
    assert "Bob" not in broken["document"]


@pytest.mark.parametrize("text", ["1,finished,2025-04-01,Ann\n2,finished,2025-04-01,Bob\n",
                                  "pandaid~endtime~produsername\n1~2025-04-01~Ann\n"])  # fmt: skip
def test_a_csv_without_header_is_refused_and_no_cell_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(text)
    with pytest.raises(SourceRejected, match="the first line names none of pandaid") as refused:
        loaded("panda_jobs_archived", path, day="2025-04-01")
    assert "Ann" not in str(refused.value)


@pytest.mark.parametrize("name", ["e.csv", "e.json", "e.ndjson", "h.csv"])
def test_a_file_without_documents_gives_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HEADER if name == "h.csv" else "")
    assert loaded("panda_jobs_archived", tmp_path / name) == {}


def test_a_wrapper_that_nobody_knows_is_told_by_the_keys_in_it(tmp_path: Path) -> None:
    path = lines(tmp_path / "j", {"job": {"pandaid": 1}}, {"job": {"pandaid": 2}})
    with pytest.raises(SourceRejected, match=r"no field of the map .* documents have 'job'"):
        loaded("panda_jobs_archived", path)


def test_names_in_lists_and_maps_of_parquet_are_redacted(tmp_path: Path) -> None:
    tags = pa.array([[("usrdn", "Ann")]], pa.map_(pa.string(), pa.string()))
    table = {"pandaid": ["x"], "endtime": ["2025-04-01"], "users": [[{"username": "Ann"}]]}
    pq.write_table(pa.table(table | {"tags": tags}), tmp_path / "j.parquet")
    row = only(loaded("panda_jobs_archived", tmp_path / "j.parquet"))
    hashed = keyed_hash(KEY, "Ann")
    document = json.loads(row["document"])
    assert (document["users"], document["tags"]) == ([{"username": hashed}], [{"usrdn": hashed}])


def test_a_parquet_time_beyond_all_microseconds_is_malformed(tmp_path: Path) -> None:
    times = pa.array([10**14, 1743465600, None], pa.timestamp("s"))
    table = {"pandaid": [1, 2, 3], "endtime": ["2025-04-01"] * 3, "starttime": times}
    pq.write_table(pa.table(table), tmp_path / "j.parquet", version="2.6")
    path = tmp_path / "j.parquet"
    rows = loaded("panda_jobs_archived", path)["jobs"]
    assert [r["problem"] and r["problem"][0] for r in rows] == ["starttime", None, None]
    assert [str(r["starttime"]) for r in rows][1:] == ["2025-04-01 00:00:00", "None"]


@pytest.mark.parametrize("name", map_names())
def test_every_map_reads_an_export_that_uses_the_canonical_names(tmp_path: Path, name: str) -> None:
    table = load_map(name).table
    examples: dict[str, Any] = {"BIGINT": 3, "DOUBLE": 1.5, "BOOLEAN": True, "VARCHAR": "done"}
    times = {"TIMESTAMP": "2025-04-01 00:00:00", "DATE": "2025-04-01"}
    document = {c.name: (examples | times)[c.type] for c in table.columns}
    if table.name == "transfers":
        document["record_kind"] = "get_sm" if name == "pilot_traces" else "transfer-done"
    jobs = pa.table({"pandaid": [3], "job_day": pa.array([date(2025, 4, 1)])})
    path = lines(tmp_path / "x.ndjson", document)
    row = only(loaded(name, path, day="2025-04-01", jobs=jobs))
    absent = [c.name for c in table.columns if row[c.name] is None]
    assert (absent, row["problem"]) == (ELSEWHERE.get(name, []), None)


def test_a_value_does_not_depend_on_the_documents_beside_it(tmp_path: Path) -> None:
    queues = {"Q1": {"site": "PANDA1", "atlas_site": "ATLAS1"}, "Q2": {"site": "PANDA2"}}
    path = tmp_path / "queues.json"
    found = []
    for dump in (queues, {"Q2": queues["Q2"]}):
        path.write_text(json.dumps(dump))
        rows = loaded("cric_pandaqueues", path, day="2025-04-01")["queues"]
        found.append([shown(r, ("queue", "site", "panda_site")) for r in rows][-1])
    assert found == [["Q2", None, "PANDA2"]] * 2


RULE = {"event_type": "transfer-done", "scope": "mc", "started_at": 1743465600}


@pytest.mark.parametrize("name", ["rucio_events", "rucio_enriched_transfers"])
def test_files_of_one_transfer_tool_job_stay_apart_without_request_ids(
    tmp_path: Path, name: str
) -> None:
    events = [RULE | {"transfer-id": "fts1", "name": f"f{n}"} for n in range(3)]
    rows = loaded(name, lines(tmp_path / "e", *events, *events))["transfers"]
    keys = [r["transfer_id"] for r in rows]
    assert [r["problem"] for r in rows] == [None] * 6
    assert (len(set(keys)), keys[:3], "fts1" in keys) == (3, keys[3:], False)


def test_the_made_key_does_not_depend_on_how_a_time_is_written(tmp_path: Path) -> None:
    event = RULE | {"transfer-id": "fts1", "name": "f"}
    later = event | {"started_at": "2025-04-01T00:00:00Z"}
    rows = loaded("rucio_events", lines(tmp_path / "e", event, later))["transfers"]
    assert rows[0]["transfer_id"] == rows[1]["transfer_id"]


def test_an_event_without_request_id_and_file_name_has_no_key(tmp_path: Path) -> None:
    row = only(loaded("rucio_events", lines(tmp_path / "e", RULE | {"transfer-id": "fts1"})))
    assert row["problem"] == ("transfer_id", "has no value")


def test_an_enriched_traces_own_transfer_id_is_its_key(tmp_path: Path) -> None:
    data = {"event_type": "get_sm", "clientState": "DONE", "transfer_id": "x", "timeStart": 1.75e9}
    row = only(loaded("rucio_enriched_transfers", lines(tmp_path / "m", {"data": data})))
    assert shown(row, ("transfer_id", "problem")) == ["x", None]


def test_a_name_that_says_not_recorded_does_not_hide_the_next(tmp_path: Path) -> None:
    data = RULE | {"request_id": "r", "bytes": 0, "file_size": 77, "transferStart": 1743465600}
    documents = [
        {"data": data | {"started_at": nothing}} for nothing in (0, "0", None, "1970-01-01")
    ]
    rows = loaded("rucio_enriched_transfers", lines(tmp_path / "m", *documents))["transfers"]
    found = {(r["bytes"], str(r["started_at"]), r["problem"]) for r in rows}
    assert found == {(77, "2025-04-01 00:00:00", None)}


def test_what_is_no_transfer_is_counted_and_left(tmp_path: Path) -> None:
    deleted = RULE | {"event_type": "deletion-done", "request-id": "d", "name": "f"}
    stagein = RULE | {"event_type": "stagein-done", "request-id": "s", "name": "f"}
    reading = Reading()
    path = lines(tmp_path / "e", deleted, deleted, stagein)
    rows = loaded("rucio_events", path, reading=reading)["transfers"]
    assert [r["transfer_id"] for r in rows] == ["s"]
    assert reading.not_selected == {"other event: deletion-done": 2}


@pytest.mark.parametrize("name", ["pilot_traces", "rucio_enriched_transfers"])
def test_a_touch_is_no_transfer(tmp_path: Path, name: str) -> None:
    reading = Reading()
    path = lines(tmp_path / "t", {"data": TRACE}, {"data": TRACE | {"eventType": "touch"}})
    if name == "rucio_enriched_transfers":
        path.write_text(path.read_text().replace("eventType", "event_type"))
    assert len(loaded(name, path, reading=reading)["transfers"]) == 1
    assert reading.not_selected["other event: touch"] == 1


def test_enriched_traces_take_their_times_and_activity_like_bare_ones(tmp_path: Path) -> None:
    trace = {"event_type": "get_sm_a", "traceId": "t", "timeStart": 1743465590}
    times = {"relativeStart": 1743465595, "transferEnd": 1743465700}
    documents = [trace | times | {"clientState": "DONE"}, trace | {"clientState": "NO_REPLICA"}]
    rows = loaded("rucio_enriched_transfers", lines(tmp_path / "m", *documents))
    names = ("activity", "started_at", "ended_at")
    assert [list(map(str, shown(rows[t][0], names))) for t in sorted(rows)] == [
        ["Analysis Download", "2025-03-31 23:59:50", "None"],
        ["Analysis Download", "2025-03-31 23:59:55", "2025-04-01 00:01:40"],
    ]

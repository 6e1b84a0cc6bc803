"""Which rows are flagged, which are quarantined, and which are left alone."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_rows import DAY, batch, flags, judge

from gridlens.quality import contract
from gridlens.tables import TABLES

NOON = DAY.start + timedelta(hours=12)
HOUR = timedelta(hours=1)

JOB = {
    "pandaid": 1,
    "jobstatus": "finished",
    "creationtime": NOON - HOUR,
    "starttime": NOON,
    "endtime": NOON + HOUR,
    "computingsite": "BNL",
    "ninputdatafiles": 2,
    "inputfilebytes": 10,
}
FILE = {
    "pandaid": 1,
    "type": "input",
    "lfn": "a.root",
    "scope": "mc",
    "dataset_name": "mc:set",
    "fsize": 10,
}
TRANSFER = {
    "transfer_id": "a",
    "activity": "Analysis Download",
    "lfn": "a.root",
    "bytes": 10,
    "src_site": "BNL",
    "src_site_raw": "BNL",
    "src_rse": "BNL_DATADISK",
    "dst_site": "CERN",
    "dst_site_raw": "CERN",
    "dst_rse": "CERN_DATADISK",
    "created_at": NOON - HOUR,
    "started_at": NOON,
    "ended_at": NOON + HOUR,
    "jeditaskid": 7,
}
FAILURE = {**TRANSFER, "reason": "timeout"}
TASK = {"jeditaskid": 7, "status": "done", "creationdate": NOON, "starttime": NOON, "progress": 100}
DATASET = {"datasetid": 1, "jeditaskid": 7, "datasetname": "mc:set", "type": "input", "nfiles": 2}
QUEUE = {"queue": "BNL", "site": "BNL-ATLAS", "tier_level": 1}
RSE = {"rse": "BNL_DATADISK", "site": "BNL-ATLAS", "tier_level": 1}
VOLUME = {"volume_day": DAY.date, "datatype": "AOD", "bytes": 10, "files": 1}
ALIAS = {"alias": "BNL", "site": "BNL-ATLAS", "valid_from": DAY.date}

GOOD = {
    "jobs": JOB,
    "files": FILE,
    "transfers": TRANSFER,
    "transfer_failures": FAILURE,
    "tasks": TASK,
    "datasets": DATASET,
    "queues": QUEUE,
    "rses": RSE,
    "site_aliases": ALIAS,
    "storage_volumes": VOLUME,
}

TRIPPING = [
    ("jobs", {"jobstatus": None}, "unknown_status"),
    ("jobs", {"endtime": None}, "no_endtime"),
    ("jobs", {"starttime": None}, "finished_without_start"),
    ("jobs", {"creationtime": NOON + HOUR / 2}, "negative_queue_time"),
    ("jobs", {"endtime": NOON - HOUR / 2}, "negative_wall_time"),
    ("jobs", {"endtime": NOON + timedelta(days=31)}, "implausible_wall_time"),
    ("jobs", {"starttime": DAY.end, "endtime": DAY.end}, "future_time"),
    ("jobs", {"computingsite": None}, "no_queue"),
    ("jobs", {"ninputdatafiles": None}, "unknown_input_count"),
    ("jobs", {"inputfilebytes": None}, "unknown_input_size"),
    ("jobs", {"outputfilebytes": 99_999_999_999}, "capped_output_size"),
    ("files", {"fsize": None}, "unknown_size"),
    ("files", {"type": "inputs"}, "unknown_type"),
    ("files", {"type": None}, "unknown_type"),
    ("files", {"lfn": None}, "no_lfn"),
    ("files", {"scope": None}, "no_scope"),
    ("files", {"dataset_name": None}, "no_dataset"),
    ("transfers", {"src_site": None, "src_site_raw": "UNKNOWN"}, "unknown_src_site"),
    ("transfers", {"dst_site": None, "dst_site_raw": "unknown"}, "unknown_dst_site"),
    ("transfers", {"dst_site": None, "dst_site_raw": ""}, "unknown_dst_site"),
    ("transfers", {"bytes": None}, "unknown_size"),
    ("transfers", {"jeditaskid": None}, "no_task"),
    ("transfers", {"activity": None}, "no_activity"),
    ("transfers", {"lfn": None}, "no_lfn"),
    ("transfers", {"started_at": None}, "no_start"),
    ("transfers", {"ended_at": NOON - HOUR}, "ends_before_start"),
    ("transfers", {"ended_at": NOON + timedelta(days=1, seconds=1)}, "longer_than_a_day"),
    ("transfers", {"created_at": NOON + HOUR}, "starts_before_request"),
    ("transfer_failures", {"reason": None}, "no_reason"),
    ("tasks", {"status": None}, "no_status"),
    ("tasks", {"endtime": NOON - HOUR}, "ends_before_start"),
    ("tasks", {"creationdate": NOON + HOUR}, "starts_before_creation"),
    ("tasks", {"failurerate": 101}, "share_above_all"),
    ("datasets", {"datasetname": None}, "no_name"),
    ("datasets", {"type": None}, "unknown_type"),
    ("datasets", {"nfilesfinished": 3}, "more_files_than_all"),
    ("queues", {"site": None}, "no_site"),
    ("queues", {"tier_level": 4}, "odd_tier"),
    ("rses", {"site": None}, "no_site"),
    ("rses", {"tier_level": None}, "odd_tier"),
    ("site_aliases", {"site": None}, "no_site"),
    ("site_aliases", {"alias": "BNL-ATLAS"}, "names_itself"),
    ("storage_volumes", {"bytes": None}, "unknown_size"),
    ("storage_volumes", {"datatype": None}, "no_datatype"),
]


@pytest.mark.parametrize(("table", "change", "flag"), TRIPPING)
def test_row_that_trips_one_rule_carries_its_name(table, change, flag):
    assert flags(table, {**GOOD[table], **change}) == [[flag]]


@pytest.mark.parametrize("table", TABLES)
def test_good_row_carries_no_flag(table):
    assert flags(table, GOOD[table]) == [[]]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        pytest.param("jobs", {"starttime": None, "jobstatus": "failed"}, id="never ran"),
        pytest.param("jobs", {"ninputdatafiles": 0, "inputfilebytes": None}, id="no input"),
        pytest.param("jobs", {"jeditaskid": None, "prodsourcelabel": None}, id="not provided"),
        pytest.param("files", {"type": "pseudo_input", "fsize": None}, id="pseudo input"),
        pytest.param("files", {"dataset_name": None, "proddblock": "mc:set"}, id="block alone"),
        pytest.param("transfers", {"src_site": None, "src_site_raw": None}, id="RSE alone"),
        pytest.param("transfers", {"ended_at": None}, id="direct read"),
    ],
)
def test_what_is_usual_is_not_flagged(table, change):
    assert flags(table, {**GOOD[table], **change}) == [[]]


def test_flags_are_sorted_by_name():
    row = {**TRANSFER, "lfn": None, "bytes": None, "activity": None}
    assert flags("transfers", row) == [["no_activity", "no_lfn", "unknown_size"]]


@pytest.mark.parametrize("status", ["running", "merging", "transferring", "holding"])
def test_job_that_has_not_ended_is_quarantined_with_its_field_and_reason(status):
    judged = judge(batch("jobs", JOB, {**JOB, "jobstatus": status}), contract("jobs"))
    assert [(p.row, p.field) for p in judged.problems] == [(1, "jobstatus")]
    assert judged.problems[0].reason.startswith("not_ended: the job may still change its end")


@pytest.mark.parametrize("status", ["finished", "failed", "cancelled", "closed"])
def test_job_that_has_ended_stays(status):
    assert judge(batch("jobs", {**JOB, "jobstatus": status}), contract("jobs")).problems == ()


def test_alias_that_holds_on_no_day_is_quarantined():
    judged = judge(batch("site_aliases", {**ALIAS, "valid_to": DAY.date}), contract("site_aliases"))
    assert [p.field for p in judged.problems] == ["valid_to"]


def test_row_that_has_a_problem_gets_no_second_one():
    given_batch = batch("jobs", {**JOB, "jobstatus": "running"}, bad=[0])
    assert judge(given_batch, contract("jobs")).problems == given_batch.problems


def test_batch_without_rows_stays_one():
    assert len(judge(batch("jobs"), contract("jobs")).rows) == 0


CHANGES = st.lists(
    st.sampled_from([change for t, change, _ in TRIPPING if t == "jobs"]), max_size=6
)


@settings(max_examples=20, deadline=None)
@given(changes=CHANGES)
def test_judgement_of_a_row_does_not_depend_on_the_rows_beside_it(changes):
    rows = [{**JOB, **change} for change in changes]
    assert flags("jobs", *rows) == [flags("jobs", row)[0] for row in rows]


@settings(max_examples=20, deadline=None)
@given(changes=CHANGES)
def test_judgement_changes_nothing_but_the_flags(changes):
    before = batch("jobs", *({**JOB, **change} for change in changes))
    after = judge(before, contract("jobs"))
    assert after.rows.schema.names == before.rows.schema.names
    assert after.rows.drop_columns("quality_flags") == before.rows.drop_columns("quality_flags")

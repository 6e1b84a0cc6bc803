"""Whether a slice keeps its contract, and what a broken one says."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from quality_rows import DAY, Numbers, slice_of

from gridlens.errors import ContractBroken
from gridlens.quality import Judgement, check, contract
from gridlens.quality.rules import RowRule
from gridlens.tables import TABLES

NOON = DAY.start + timedelta(hours=12)
JOB = {
    "jobstatus": "finished",
    "jeditaskid": 7,
    "prodsourcelabel": "user",
    "creationtime": NOON,
    "starttime": NOON,
    "endtime": NOON,
    "modificationtime": NOON,
    "computingsite": "BNL",
    "ninputdatafiles": 0,
}


def jobs(number, **changes):
    return [{**JOB, "pandaid": n, **changes} for n in range(1, number + 1)]


def judgement(results, path, table="jobs"):
    return Judgement(contract(table), DAY, path, tuple(results), ())


def outcome(counts, path, table="jobs"):
    return {result.rule: result for result in check(counts, path, contract(table))}


def statuses(results, status):
    return sorted(rule for rule, result in results.items() if result.status == status)


def test_repeated_key_fails(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(2), *jobs(1))
    assert statuses(outcome(counts, path), "fail") == ["one_row_a_job"]


def test_day_of_which_no_job_finished_fails(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(20, jobstatus="failed"))
    assert statuses(outcome(counts, path), "fail") == ["some_finished"]


def test_few_jobs_of_which_none_finished_pass(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(19, jobstatus="failed"))
    assert statuses(outcome(counts, path), "fail") == []


@pytest.mark.parametrize(
    ("quarantined", "most", "nearly_all"),
    [(5, "pass", "pass"), (12, "pass", "warn"), (30, "pass", "warn"), (32, "fail", "warn")],
)
def test_too_many_quarantined_warn_and_then_fail(tmp_path, quarantined, most, nearly_all):
    counts, path = slice_of(tmp_path, "jobs", *jobs(100))
    counts = replace(counts, fetched=100 + quarantined, quarantined=quarantined)
    results = outcome(counts, path)
    assert results["most_accepted"].status == most
    assert results["nearly_all_accepted"].status == nearly_all


def test_day_whose_every_document_is_refused_fails(tmp_path):
    counts, path = slice_of(tmp_path, "jobs")
    counts = replace(counts, fetched=1, quarantined=1)
    assert statuses(outcome(counts, path), "fail") == ["something_accepted"]


def test_column_that_the_source_does_not_provide_warns_once_and_flags_no_row(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(3, jeditaskid=None, prodsourcelabel=None))
    results = outcome(counts, path)
    assert statuses(results, "warn") == ["label_provided", "task_provided"]
    assert [r.rule for r in results.values() if r.kind == "row" and r.rows] == []
    assert (results["task_provided"].rows, results["task_provided"].of_rows) == (3, 3)
    assert "first rows: pandaid 1; pandaid 2; pandaid 3" in results["task_provided"].message


def test_many_gone_keys_warn(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(100))
    assert statuses(outcome(replace(counts, gone=11), path), "warn") == ["few_gone"]


@pytest.mark.parametrize(
    "table", ["jobs", "files", "transfers", "transfer_failures", "tasks", "datasets"]
)
def test_empty_day_in_place_of_a_full_one_fails(table):
    results = outcome(Numbers(table, 0, 0, gone=6), None, table)
    assert statuses(results, "fail") == ["not_emptied"]
    with pytest.raises(ContractBroken, match="an empty day after a full one means that its docu"):
        judgement(results.values(), None, table).raise_if_broken()


@pytest.mark.parametrize("table", TABLES)
def test_empty_day_that_never_held_anything_passes(table):
    results = outcome(Numbers(table, 0, 0), None, table)
    assert {result.status for result in results.values()} == {"pass"}


def test_day_that_lost_its_few_rows_passes():
    assert statuses(outcome(Numbers("jobs", 0, 0, gone=5), None), "fail") == []


@pytest.mark.parametrize("table", [t.name for t in TABLES.values() if t.cut == "dump"])
def test_empty_dump_in_place_of_a_full_one_only_warns(table):
    results = outcome(Numbers(table, 0, 0, gone=1), None, table)
    assert statuses(results, "warn") == ["not_emptied"]
    assert statuses(results, "fail") == []


def test_row_rules_tell_how_many_rows_tripped_them_and_pass(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(3), {**JOB, "pandaid": 9, "endtime": None})
    found = outcome(counts, path)["no_endtime"]
    assert (found.kind, found.level, found.status) == ("row", "flag", "pass")
    assert (found.rows, found.of_rows) == (1, 4)
    assert found.message.startswith("1 of 4 rows flagged: the job's day was taken")


def test_quarantine_rules_count_what_stands_in_the_quarantine(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(100))
    with_quarantine(path, "not_ended")
    found = outcome(
        replace(counts, fetched=101, quarantined=1, quarantine_file="jobs/q.parquet"), path
    )["not_ended"]
    assert (found.level, found.status, found.rows, found.of_rows) == ("quarantine", "pass", 1, 101)


def test_broken_contract_names_table_day_rule_rows_and_the_next_step(tmp_path):
    counts, path = slice_of(tmp_path, "jobs")
    with_quarantine(path, "not_ended")
    counts = replace(counts, fetched=1, quarantined=1, quarantine_file="jobs/q.parquet")
    with pytest.raises(ContractBroken) as raised:
        judgement(check(counts, path, contract("jobs")), path).raise_if_broken()
    message = str(raised.value)
    assert message.startswith("jobs 2025-04-01 breaks its contract; nothing was loaded.")
    assert "something_accepted: not kept: accepted > 0 or quarantined = 0 (fetched 1" in message
    assert "first rows: row_key 5, field jobstatus, reason not_ended" in message
    assert "extract the day again" in message
    assert str(path) in message


def test_slice_that_only_warns_may_be_loaded(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(3, jeditaskid=None))
    judgement(check(counts, path, contract("jobs")), path).raise_if_broken()


def test_every_rule_gives_one_result(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(1))
    rules = (*contract("jobs").row_rules, *contract("jobs").table_rules)
    results = check(counts, path, contract("jobs"))
    assert [r.rule for r in results] == [r.name for r in rules]
    assert [r.kind == "row" for r in results] == [isinstance(r, RowRule) for r in rules]


def with_quarantine(path, rule):
    reason = next(r.reason for r in contract("jobs").row_rules if r.name == rule)
    row = {"row_key": "5", "field": "jobstatus", "reason": reason, "document": "{}"}
    pq.write_table(pa.Table.from_pylist([row]), path.with_name("q.parquet"))

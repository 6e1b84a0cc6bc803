"""Computing one day outside the lock: what stops it, and what it hands over."""

from pathlib import Path

import pytest
from tiny_lake import JOBS, SHARES, STATUSES, a_lake, load_jobs, rows, stage_jobs

from gridlens.errors import ContractBroken, ModelError
from gridlens.warehouse import Model, Warned
from gridlens.window import Day

FIRST = Day.parse("2025-04-01")


def test_a_row_that_breaks_a_fail_rule_stops_the_day_and_is_named(tmp_path: Path) -> None:
    strict = Model.parse(
        "-- Jobs.\n-- grain: job_day, pandaid\n-- reads: raw.jobs\n-- day: job_day\n-- like: jobs\n"
        "-- column: job_day | day\n-- fail: jobstatus <> 'bad'\n"
        "select pandaid, jobstatus, job_day from raw.jobs",
        "core.jobs",
    )
    given = """select * from (values (7, 'bad', date '2025-04-01'), (8, null, date '2025-04-01'),
        (9, 'ok', date '2025-04-01')) t(pandaid, jobstatus, job_day)"""
    with pytest.raises(ContractBroken) as caught:
        a_lake(tmp_path).stage(strict, FIRST, {"raw.jobs": given}, tmp_path)
    message = str(caught.value)
    assert "core.jobs 2025-04-01: 2 of 3 rows break the rule 'jobstatus <> 'bad''" in message
    assert "pandaid=7" in message
    assert "pandaid=8" in message
    assert "Nothing was loaded" in message


def test_a_repeated_key_stops_the_day(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    with pytest.raises(ContractBroken, match=r"'one row a job_day, pandaid'.*pandaid=5"):
        stage_jobs(lake, tmp_path, "2025-04-01", [(5, "failed", 1), (5, "failed", 2)])


def test_a_row_of_another_day_stops_the_day(tmp_path: Path) -> None:
    model = Model.parse(
        "-- X.\n-- grain: a\n-- reads: raw.jobs\n-- day: d\n-- column: a | a\n-- column: d | d\n"
        "select pandaid as a, job_day as d from raw.jobs",
        "core.things",
    )
    given = "select 1 as pandaid, date '2025-04-02' as job_day"
    with pytest.raises(ContractBroken, match="date '2025-04-01'"):
        a_lake(tmp_path).stage(model, FIRST, {"raw.jobs": given}, tmp_path)


def test_inputs_must_be_those_that_the_header_names(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    with pytest.raises(ModelError, match=r"core\.jobs reads raw\.jobs, but was given nothing"):
        lake.stage(JOBS, FIRST, {}, tmp_path)
    with pytest.raises(ModelError, match="window mart"):
        lake.stage(SHARES, FIRST, {"core.jobs": "select 1"}, tmp_path)


def test_a_select_that_fails_names_its_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"core\.jobs: its SELECT fails"):
        a_lake(tmp_path).stage(JOBS, FIRST, {"raw.jobs": "select 1 as nothing"}, tmp_path)


def test_a_warning_is_handed_over_with_its_rows(tmp_path: Path) -> None:
    staged = stage_jobs(
        a_lake(tmp_path), tmp_path, "2025-04-01", [(1, "closed", 0), (2, "failed", 0)]
    )
    assert staged.rows == 2
    assert staged.warnings == (
        Warned("jobstatus <> 'closed'", 1, 2, "job_day=2025-04-01, pandaid=1"),
    )


def test_equal_rows_in_another_order_give_an_equal_checksum(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    one = stage_jobs(lake, tmp_path, "2025-04-01", [(1, "failed", 0), (2, "failed", 0)])
    two = stage_jobs(lake, tmp_path, "2025-04-01", [(2, "failed", 0), (1, "failed", 0)])
    assert one.checksum == two.checksum


def test_a_model_reads_the_lake_as_its_caller_restricts_it(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "failed", 0), (2, "failed", 0)])
    load_jobs(lake, tmp_path, "2025-04-02", [(3, "failed", 0)])
    jobs = "select * from lake.core.jobs where job_day = date '2025-04-01'"
    staged = lake.stage(STATUSES, FIRST, {"core.jobs": jobs}, tmp_path)
    lake.replace([staged], [staged.computed([], snapshot=lake.snapshot())])
    assert rows(lake, "select jobstatus, jobs from mart.statuses") == [("failed", 2)]


def test_a_day_without_rows_is_a_day(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [])
    assert [(c.table, c.rows) for c in lake.computed()] == [("core.jobs", 0)]

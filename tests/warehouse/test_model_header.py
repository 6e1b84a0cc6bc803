"""What the header of a SQL file may say, and what it must."""

import pytest

from gridlens.errors import ModelError
from gridlens.warehouse import Argument, Model, in_order

JOBS = """-- Jobs of a day.
-- Rows of the newest record.
-- grain: job_day, pandaid
-- reads: raw.jobs
-- day: job_day
-- like: jobs
-- column: job_day | day on which
--   the job ended
-- column: queue_s | seconds from creation to start
-- fail: pandaid is not null
-- warn: queue_s >= 0
select pandaid, job_day, 1.0 as queue_s
from raw.jobs
where job_day = $day
"""

SHARES = """-- Shares by status.
-- grain: jobstatus
-- reads: core.jobs
-- argument: at_site = 'all' | only jobs at this site
-- column: jobstatus | state
select distinct jobstatus from core.jobs where $at_site in ('all', site)
"""


def broken(old: str, new: str) -> str:
    assert old in JOBS
    return JOBS.replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (broken("warn:", "wern:"), "unknown header key 'wern'"),
        (
            broken("-- day: job_day\n", "-- day: job_day\n-- day: job_day\n"),
            "'day' stands there twice",
        ),
        (broken("-- grain: job_day, pandaid\n", ""), "has no 'grain:'"),
        (broken("-- Jobs of a day.\n-- Rows of the newest record.\n", ""), "has no prose"),
        (broken("like: jobs", "like: things"), "'like: things' names no canonical table"),
        (broken("= $day", "= $days"), "unknown parameter $days"),
        (broken("= $day", "= $day;"), "one SELECT and nothing else"),
        (broken("select pandaid", "delete pandaid"), "has no SELECT"),
        (broken("-- day: job_day\n", ""), "lies outside mart and has no 'day:'"),
        (broken("queue_s | seconds", "queue_s, seconds"), "must read 'column: name | meaning'"),
        (broken("-- warn: queue_s", "-- queue_s"), "header line 'queue_s >= 0' has no key"),
        (broken("-- warn:", "-- argument: x = 'all' | y\n-- warn:"), "has arguments, which only"),
        (broken("-- warn:", "-- argument: x = all\n-- warn:"), "must read \"name = 'default'"),
    ],
    ids=lambda value: value if len(value) < 60 else "",
)
def test_a_wrong_header_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        Model.parse(text, "core.jobs")
    assert message in str(caught.value)
    assert "core.jobs" in str(caught.value)


def test_a_header_is_read_whole() -> None:
    model = Model.parse(JOBS, "core.jobs")
    assert model.schema == "core"
    assert model.meaning == "Jobs of a day. Rows of the newest record."
    assert model.grain == ("job_day", "pandaid")
    assert model.reads == ("raw.jobs",)
    assert model.day == "job_day"
    assert model.columns["job_day"] == "day on which the job ended"
    assert model.columns["pandaid"] == "PanDA job id."
    assert model.columns["cpuconsumptiontime"] == "CPU time of all cores together. [s]"
    assert model.declared == ("job_day", "queue_s")
    assert model.fails == ("pandaid is not null",)
    assert model.warns == ("queue_s >= 0",)
    assert model.sql.startswith("select pandaid")


def test_a_day_stands_where_the_parameter_stood() -> None:
    bound = Model.parse(JOBS, "core.jobs").bound({"day": "date '2025-04-01'"})
    assert bound.endswith("where job_day = date '2025-04-01'")


def test_a_window_mart_has_arguments_with_defaults() -> None:
    model = Model.parse(SHARES, "mart.shares")
    assert model.arguments == (Argument("at_site", "'all'", "only jobs at this site"),)
    assert model.parameters == ("window_start", "window_end", "at_site")


def test_a_fingerprint_follows_the_select_and_not_the_prose() -> None:
    model = Model.parse(JOBS, "core.jobs")
    reworded = Model.parse(broken("Jobs of a day.", "Jobs, by day."), "core.jobs")
    changed = Model.parse(broken("1.0 as queue_s", "2.0 as queue_s"), "core.jobs")
    assert reworded.fingerprint == model.fingerprint
    assert changed.fingerprint != model.fingerprint


def chained(name: str, reads: str) -> Model:
    header = f"-- X.\n-- grain: a\n-- reads: {reads}\n-- day: a\n-- column: a | a\n"
    return Model.parse(f"{header}select a from {reads or 'raw.jobs'}", name)


def test_models_come_after_what_they_read() -> None:
    models = [
        chained("core.c", "core.b"),
        chained("core.a", "raw.jobs"),
        chained("core.b", "core.a"),
    ]
    assert [m.name for m in in_order(models)] == ["core.a", "core.b", "core.c"]


def test_models_that_wait_for_each_other_are_named() -> None:
    with pytest.raises(ModelError, match=r"in a circle: core\.\w → core\.\w → core\.\w"):
        in_order([chained("core.a", "core.b"), chained("core.b", "core.a")])

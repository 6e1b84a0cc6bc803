"""core.jobs: where a job ran and how long its stages took."""

from __future__ import annotations

import pytest

DAY = "2025-04-01"
QUEUES = [
    {"queue": "BNL", "site": "BNL-ATLAS", "cloud": "US", "dump_day": DAY},
    {"queue": "FZK-LCG2_UCORE", "site": "FZK-LCG2", "cloud": "DE", "dump_day": DAY},
]
SITES = [
    {"site": "BNL-ATLAS", "cloud": "US", "tier_level": 1, "country": "USA", "dump_day": DAY},
    {"site": "FZK-LCG2", "cloud": "DE", "tier_level": 1, "country": "Germany", "dump_day": DAY},
]


def given(**job: object) -> dict[str, list[dict[str, object]]]:
    row = {"pandaid": 6486070333, "job_day": DAY, **job}
    return {"raw.jobs": [row], "core.queues": QUEUES, "core.sites": SITES}


def test_a_queue_that_no_dump_knows_has_no_site_and_the_job_stays(result, only):
    rows = result("core.jobs", given(computingsite="GHOST"))
    assert only(rows, "site site_cloud tier_level country is_queue_known") == [
        (None, None, None, None, False)
    ]


def test_without_any_dump_no_job_has_a_site(result, only):
    rows = result("core.jobs", given(computingsite="BNL") | {"core.queues": [], "core.sites": []})
    assert only(rows, "pandaid site is_queue_known") == [(6486070333, None, False)]


def test_a_queue_is_led_to_its_site_though_their_names_differ(result, only):
    rows = result("core.jobs", given(computingsite="FZK-LCG2_UCORE"))
    assert only(rows, "site site_cloud tier_level country is_queue_known") == [
        ("FZK-LCG2", "DE", 1, "Germany", True)
    ]


def test_a_queue_in_other_letters_is_another_queue(result, only):
    rows = result("core.jobs", given(computingsite="bnl"))
    assert only(rows, "site") == [(None,)]


def test_jobs_of_another_day_are_not_read(result):
    assert result("core.jobs", given(), day="2025-04-02") == []


def test_times_are_whole_seconds_between_the_stages(result, only):
    rows = result(
        "core.jobs",
        given(
            creationtime="2025-01-20 18:10:40",
            starttime="2025-01-20 18:24:44",
            endtime="2025-01-20 18:29:50",
        ),
    )
    assert only(rows, "queue_s wall_s lifetime_s") == [(844, 306, 1150)]


def test_a_time_that_lacks_an_end_is_unknown_and_not_zero(result, only):
    rows = result("core.jobs", given(creationtime="2025-04-01 10:00:00"))
    assert only(rows, "queue_s wall_s lifetime_s") == [(None, None, None)]


@pytest.mark.bar(19)
def test_a_job_that_starts_before_its_creation_keeps_its_negative_time(result, only):
    rows = result(
        "core.jobs", given(creationtime="2025-04-01 10:00:10", starttime="2025-04-01 10:00:00")
    )
    assert only(rows, "queue_s") == [(-10,)]


@pytest.mark.parametrize(
    ("corecount", "actualcorecount", "cores"),
    [(8, None, 8), (8, 4, 4), (None, None, 1)],
)
def test_cores_are_those_given_else_asked_for_else_one(
    result, only, corecount, actualcorecount, cores
):
    rows = result("core.jobs", given(corecount=corecount, actualcorecount=actualcorecount))
    assert only(rows, "cores") == [(cores,)]


@pytest.mark.parametrize(
    ("label", "is_user_job"), [("user", True), ("managed", False), ("panda", False), (None, False)]
)
def test_user_jobs_are_those_labelled_user(result, only, label, is_user_job):
    assert only(result("core.jobs", given(prodsourcelabel=label)), "is_user_job") == [
        (is_user_job,)
    ]


STAGES = (
    "time_getjob_s time_stagein_s time_payload_s time_stageout_s time_initial_setup_s time_setup_s"
)


@pytest.mark.parametrize(
    ("pilottiming", "seconds"),
    [
        ("1|40|242|3|3|11", (1, 40, 242, 3, 3, 11)),
        ("1|40|242|3|3", (1, 40, 242, 3, 3, None)),
        ("1|40|242|3", (1, 40, 242, 3, None, None)),
        ("1|40|242", (None, None, None, None, None, None)),
        ("1|2|3|4|5|6|7", (None, None, None, None, None, None)),
        ("1||x|3|3|11", (1, None, None, 3, 3, 11)),
        ("", (None, None, None, None, None, None)),
        (None, (None, None, None, None, None, None)),
    ],
)
def test_a_pilots_timing_has_four_to_six_fields(result, only, pilottiming, seconds):
    assert only(result("core.jobs", given(pilottiming=pilottiming)), STAGES) == [seconds]

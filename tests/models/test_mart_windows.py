"""The marts that are asked for a window: the paper's Tables 1 and 2, statuses and times."""

from __future__ import annotations

import pytest

DAY = "2025-04-01"
BNL = {"site": "BNL-ATLAS", "site_cloud": "US", "tier_level": 1, "country": "USA"}
AT_BNL = {"job_site": "BNL-ATLAS", "site_cloud": "US", "tier_level": 1, "country": "USA"}


def job(pandaid: int, day: str = DAY, **more: object) -> dict[str, object]:
    return {
        "pandaid": pandaid,
        "job_day": day,
        "endtime": f"{day} 12:00:00",
        "jobstatus": "finished",
        "is_user_job": True,
        **more,
    }


def transfer(
    transfer_id: str, activity: str | None = "Analysis Download", day: str = DAY, **more: object
) -> dict[str, object]:
    return {
        "transfer_id": transfer_id,
        "activity": activity,
        "started_day": day,
        "started_at": f"{day} 11:00:00",
        "jeditaskid": 7,
        "is_local": True,
        **more,
    }


def pair(transfer_id: str, pandaid: int, method: str = "exact", day: str = DAY, **more: object):
    at = ("exact", "rm1", "rm2", "direct").index(method)
    return {
        "transfer_id": transfer_id,
        "pandaid": pandaid,
        "job_day": day,
        "started_day": day,
        "exact": at == 0,
        "rm1": at <= 1,
        "rm2": at <= 2,
        "direct": at == 3,
        **more,
    }


def given(jobs=(), transfers=(), pairs=()):
    return {"core.jobs": jobs, "core.transfers": transfers, "core.job_transfers": pairs}


COUNTS = "activity matched_count total_count matched_ratio"


def total(rows):
    return [(r["matched_count"], r["total_count"]) for r in rows if r["activity"] == "Total"]


@pytest.mark.bar(20)
def test_table_1_of_an_empty_window_is_all_zeros_without_shares(result, only):
    rows = result("mart.activity_matches", given())
    assert only(rows, COUNTS + " share_ratio five_share_ratio") == [
        ("Analysis Download", 0, 0, None, None, None),
        ("Analysis Upload", 0, 0, None, None, None),
        ("Analysis Download Direct IO", 0, 0, None, None, None),
        ("Production Upload", 0, 0, None, None, None),
        ("Production Download", 0, 0, None, None, None),
        ("Other activities", 0, 0, None, None, None),
        ("Total", 0, 0, None, None, None),
    ]


def test_table_1_counts_matches_by_activity_and_all_others_in_one_row(result, only):
    rows = result(
        "mart.activity_matches",
        given(
            [job(1)],
            [
                transfer("a"),
                transfer("b"),
                transfer("c", "Production Upload"),
                transfer("d", "Data Rebalancing"),
                transfer("e", None),
            ],
            [pair("a", 1), pair("d", 1)],
        ),
    )
    assert only(rows, COUNTS + " share_ratio five_share_ratio") == [
        ("Analysis Download", 1, 2, 0.5, 0.4, 0.6),
        ("Analysis Upload", 0, 0, None, 0.0, 0.6),
        ("Analysis Download Direct IO", 0, 0, None, 0.0, 0.6),
        ("Production Upload", 0, 1, 0.0, 0.2, 0.6),
        ("Production Download", 0, 0, None, 0.0, 0.6),
        ("Other activities", 1, 2, 0.5, 0.4, 0.6),
        ("Total", 2, 5, 0.4, 1.0, 0.6),
    ]


def test_a_transfer_claimed_by_jobs_on_two_days_counts_once(result):
    claims = [pair("a", 1), pair("a", 2, day="2025-04-02", started_day=DAY)]
    jobs = [job(1), job(2, day="2025-04-02")]
    assert total(result("mart.activity_matches", given(jobs, [transfer("a")], claims))) == [(1, 1)]


def test_transfers_without_task_or_start_are_not_in_table_1(result):
    rows = [transfer("a", jeditaskid=None), transfer("b", started_at=None)]
    assert total(result("mart.activity_matches", given((), rows))) == [(0, 0)]


def test_a_transfer_from_before_the_window_is_neither_matched_nor_counted(result):
    early = [transfer("a", day="2025-03-31"), transfer("b")]
    claims = [pair("a", 1, started_day="2025-03-31"), pair("b", 1)]
    assert total(result("mart.activity_matches", given([job(1)], early, claims))) == [(1, 1)]


def test_a_job_that_ended_after_the_window_matches_nothing_in_it(result):
    late = given(
        [job(1, day="2025-04-09")],
        [transfer("a", day="2025-04-08")],
        [pair("a", 1, day="2025-04-09", started_day="2025-04-08")],
    )
    assert total(result("mart.activity_matches", late)) == [(0, 1)]


def test_production_jobs_match_only_when_all_jobs_are_asked_for(result):
    rows = given([job(1, is_user_job=False)], [transfer("a", "Production Upload")], [pair("a", 1)])
    assert total(result("mart.activity_matches", rows, population="user")) == [(0, 1)]


def test_production_jobs_match_when_all_jobs_are_asked_for(result):
    rows = given([job(1, is_user_job=False)], [transfer("a", "Production Upload")], [pair("a", 1)])
    assert total(result("mart.activity_matches", rows, population="all")) == [(1, 1)]


@pytest.mark.parametrize(
    ("method", "matched"), [("exact", 1), ("rm1", 2), ("rm2", 3), ("direct", 1)]
)
def test_table_1_is_there_for_every_method(result, method, matched):
    rows = given(
        [job(1)],
        [transfer("a"), transfer("b"), transfer("c"), transfer("d")],
        [pair("a", 1), pair("b", 1, "rm1"), pair("c", 1, "rm2"), pair("d", 1, "direct")],
    )
    assert total(result("mart.activity_matches", rows, method=method)) == [(matched, 4)]


@pytest.mark.parametrize(
    "chosen",
    [
        {"at_site": "BNL-ATLAS"},
        {"in_cloud": "US"},
        {"at_tier": "1"},
        {"in_country": "USA"},
        {"at_site": "BNL-ATLAS", "in_cloud": "US", "at_tier": "1", "in_country": "USA"},
    ],
)
def test_a_place_chooses_matched_and_total_alike(result, chosen):
    rows = given(
        [job(1)],
        [
            transfer("a", **AT_BNL),
            transfer("b", **AT_BNL),
            transfer("c", job_site="CERN-PROD", site_cloud="CERN", tier_level=0, country="CERN"),
            transfer("d"),
        ],
        [pair("a", 1), pair("c", 1), pair("d", 1)],
    )
    assert total(result("mart.activity_matches", rows, **chosen)) == [(1, 2)]


def test_the_resource_type_is_the_matching_jobs(result):
    rows = given(
        [job(1, resource_type="SCORE"), job(2, resource_type="MCORE")],
        [transfer("a"), transfer("b")],
        [pair("a", 1), pair("b", 2)],
    )
    assert total(result("mart.activity_matches", rows, with_resource_type="MCORE")) == [(1, 2)]


LOCALITIES = "method local remote total of_transfers matched_ratio"


def test_table_2a_of_an_empty_window_is_all_zeros_without_shares(result, only):
    assert only(result("mart.transfer_localities", given()), LOCALITIES) == [
        ("exact", 0, 0, 0, 0, None),
        ("rm1", 0, 0, 0, 0, None),
        ("rm2", 0, 0, 0, 0, None),
    ]


def test_a_transfer_is_matched_if_any_of_its_jobs_matches(result, only):
    pairs = [pair("a", 1, "rm2"), pair("a", 2, "exact")]
    rows = result("mart.transfer_localities", given([job(1), job(2)], [transfer("a")], pairs))
    assert only(rows, "method total") == [("exact", 1), ("rm1", 1), ("rm2", 1)]


def test_table_2a_leaves_out_the_transfers_that_table_1_leaves_out(result, only):
    rows = result(
        "mart.transfer_localities",
        given(
            [job(1)],
            [transfer("a", jeditaskid=None), transfer("b", day="2025-03-31"), transfer("c")],
            [pair("a", 1), pair("b", 1, started_day="2025-03-31"), pair("c", 1, "direct")],
        ),
    )
    assert only(rows, "method total of_transfers") == [
        ("exact", 0, 1),
        ("rm1", 0, 1),
        ("rm2", 0, 1),
    ]


def times(pandaid: int, method: str, locality: str, **more: object) -> dict[str, object]:
    return {
        "job_day": DAY,
        "pandaid": pandaid,
        "method": method,
        "locality": locality,
        "is_user_job": True,
        "transfers": 2,
        "transfers_without_end": 0,
        **more,
    }


JOBS = "method all_local all_remote mixed total of_jobs matched_ratio"


def test_table_2b_of_an_empty_window_is_all_zeros_without_shares(result, only):
    assert only(result("mart.job_localities", {}), JOBS) == [
        ("exact", 0, 0, 0, 0, 0, None),
        ("rm1", 0, 0, 0, 0, 0, None),
        ("rm2", 0, 0, 0, 0, 0, None),
    ]


def test_table_2b_counts_jobs_by_what_their_transfers_are(result, only):
    rows = result(
        "mart.job_localities",
        {
            "core.jobs": [job(1), job(2), job(3), job(4, endtime=None), job(5, is_user_job=False)],
            "mart.job_transfer_times": [
                times(1, "exact", "local"),
                times(1, "rm1", "local"),
                times(1, "rm2", "mixed"),
                times(2, "rm2", "remote"),
                times(5, "rm2", "local", is_user_job=False),
                times(6, "rm2", "local", job_day="2025-04-09"),
            ],
        },
    )
    assert only(rows, JOBS) == [
        ("exact", 1, 0, 0, 1, 3, pytest.approx(1 / 3)),
        ("rm1", 1, 0, 0, 1, 3, pytest.approx(1 / 3)),
        ("rm2", 0, 1, 1, 2, 3, pytest.approx(2 / 3)),
    ]


def test_table_2b_takes_place_and_resource_type(result, only):
    here = BNL | {"resource_type": "SCORE"}
    rows = result(
        "mart.job_localities",
        {
            "core.jobs": [job(1, **here), job(2)],
            "mart.job_transfer_times": [
                times(1, "rm2", "local", **here),
                times(2, "rm2", "local"),
            ],
        },
        at_site="BNL-ATLAS",
        in_cloud="US",
        at_tier="1",
        in_country="USA",
        with_resource_type="SCORE",
    )
    assert only(rows[2:], "total of_jobs") == [(1, 1)]


def counted(jobstatus: str | None, jobs: int, wall_core_s: int = 0, **more: object):
    return {
        "job_day": DAY,
        "jobstatus": jobstatus,
        "jobs": jobs,
        "wall_core_s": wall_core_s,
        "is_user_job": True,
        **more,
    }


def test_status_shares_of_an_empty_window_are_zeros_without_shares(result, only):
    rows = result("mart.job_status_shares", {})
    assert only(rows, "jobstatus jobs jobs_ratio wall_core_s wall_core_ratio") == [
        ("finished", 0, None, 0, None),
        ("failed", 0, None, 0, None),
        ("cancelled", 0, None, 0, None),
        ("closed", 0, None, 0, None),
        ("Other statuses", 0, None, 0, None),
        ("Total", 0, None, 0, None),
    ]


def test_status_shares_add_up_over_days_and_places(result, only):
    rows = result(
        "mart.job_status_shares",
        {
            "mart.daily_jobs": [
                counted("finished", 4, 60),
                counted("finished", 2, 20, job_day="2025-04-08", site="BNL-ATLAS"),
                counted("failed", 1, 20),
                counted("merging", 2),
                counted(None, 1),
                counted("failed", 5, is_user_job=False),
            ]
        },
    )
    assert only(rows, "jobstatus jobs jobs_ratio wall_core_s wall_core_ratio") == [
        ("finished", 6, 0.6, 80, 0.8),
        ("failed", 1, 0.1, 20, 0.2),
        ("cancelled", 0, 0.0, 0, 0.0),
        ("closed", 0, 0.0, 0, 0.0),
        ("Other statuses", 3, 0.3, 0, 0.0),
        ("Total", 10, 1.0, 100, 1.0),
    ]


@pytest.mark.bar(20)
def test_job_times_of_an_empty_window_are_unknown(result, only):
    rows = result("mart.job_times", {})
    assert len(rows) == 12
    assert set(only(rows, "jobs mean_s p05_s p50_s p95_s")) == {(0, None, None, None, None)}


def test_a_quantile_is_a_time_that_occurs(result, only):
    jobs = [job(n, queue_s=10 * n) for n in range(1, 21)]
    rows = result("mart.job_times", {"core.jobs": jobs})
    assert only(rows[:1], "quantity jobstatus jobs mean_s p05_s p25_s p50_s p75_s p95_s") == [
        ("queue", "finished", 20, 105.0, 10, 50, 100, 150, 190)
    ]


@pytest.mark.bar(19)
def test_times_that_are_unknown_or_negative_are_left_out(result, only):
    jobs = [
        job(1, queue_s=-5, wall_s=7),
        job(2, queue_s=None, wall_s=None),
        job(3, queue_s=0, jobstatus="failed"),
        job(4, queue_s=8, jobstatus="holding"),
    ]
    rows = result("mart.job_times", {"core.jobs": jobs})
    assert [r for r in only(rows, "quantity jobstatus jobs p50_s") if r[2]] == [
        ("queue", "failed", 1, 0),
        ("queue", "Other statuses", 1, 8),
        ("queue", "Total", 2, 0),
        ("wall", "finished", 1, 7),
        ("wall", "Total", 1, 7),
    ]


SHARES = "method quantity jobs share_jobs mean_ratio geometric_mean_ratio max_ratio zero_jobs"


def test_transfer_time_shares_of_an_empty_window_are_unknown(result, only):
    rows = result("mart.transfer_time_shares", {})
    assert only(rows, SHARES + " no_end_jobs") == [
        ("exact", "queue", 0, 0, None, None, None, 0, 0),
        ("rm1", "queue", 0, 0, None, None, None, 0, 0),
        ("rm2", "queue", 0, 0, None, None, None, 0, 0),
        ("exact", "wall", 0, 0, None, None, None, 0, 0),
        ("rm1", "wall", 0, 0, None, None, None, 0, 0),
        ("rm2", "wall", 0, 0, None, None, None, 0, 0),
    ]

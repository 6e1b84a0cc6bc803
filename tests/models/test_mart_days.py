"""The marts that are kept by the day."""

from __future__ import annotations

import pytest

DAY = "2025-04-01"


def job(pandaid: int = 1, **more: object) -> dict[str, object]:
    """Created at 10:00, started at 10:10, ended at 10:30: 600 s queued, 1,200 s of wall time."""
    return {
        "pandaid": pandaid,
        "job_day": DAY,
        "creationtime": "2025-04-01 10:00:00",
        "starttime": "2025-04-01 10:10:00",
        "endtime": "2025-04-01 10:30:00",
        "queue_s": 600,
        "wall_s": 1200,
        "cores": 1,
        "jobstatus": "finished",
        "is_user_job": True,
        **more,
    }


def transfer(transfer_id: str, start: str, end: str | None, **more: object) -> dict[str, object]:
    """A transfer on the day, from ``10:00:00`` to ``10:01:00``; without end, no duration."""
    return {
        "transfer_id": transfer_id,
        "started_day": DAY,
        "started_at": f"{DAY} {start}",
        "ended_at": f"{DAY} {end}" if end else None,
        "duration_s": 1 if end else None,
        "bytes": 100,
        "is_local": True,
        **more,
    }


def pair(transfer_id: str, pandaid: int = 1, method: str = "exact", **more: object):
    at = ("exact", "rm1", "rm2", "direct").index(method)
    return {
        "job_day": DAY,
        "pandaid": pandaid,
        "transfer_id": transfer_id,
        "started_day": DAY,
        "exact": at == 0,
        "rm1": at <= 1,
        "rm2": at <= 2,
        "direct": at == 3,
        **more,
    }


def given(jobs, transfers, pairs):
    return {"core.jobs": jobs, "core.transfers": transfers, "core.job_transfers": pairs}


def times(result, only, transfers, names, pairs=None, **job_fields):
    rows = result(
        "mart.job_transfer_times",
        given(
            [job(**job_fields)],
            transfers,
            pairs or [pair(t["transfer_id"], method="rm2") for t in transfers],
        ),
    )
    return only([r for r in rows if r["method"] == "rm2"], names)


def test_a_job_without_matches_is_not_there(result):
    assert result("mart.job_transfer_times", given([job()], [], [])) == []


def test_a_pair_that_is_only_direct_is_not_there(result):
    rows = [transfer("a", "10:00:00", "10:01:00")]
    assert (
        result("mart.job_transfer_times", given([job()], rows, [pair("a", method="direct")])) == []
    )


def test_an_exact_match_is_also_one_of_the_relaxed(result, only):
    rows = [transfer("a", "10:00:00", "10:01:00"), transfer("b", "10:00:00", "10:01:00")]
    found = result(
        "mart.job_transfer_times", given([job()], rows, [pair("a"), pair("b", method="rm1")])
    )
    assert sorted(only(found, "method transfers bytes")) == [
        ("exact", 1, 100),
        ("rm1", 2, 200),
        ("rm2", 2, 200),
    ]


def test_transfers_at_the_same_time_count_once(result, only):
    rows = [
        transfer("a", "10:01:00", "10:04:00"),
        transfer("b", "10:02:00", "10:03:00"),
        transfer("c", "10:03:30", "10:05:00"),
        transfer("d", "10:07:00", "10:08:00"),
    ]
    names = "transfer_queue_s queue_share_ratio transfer_wall_s wall_share_ratio"
    assert times(result, only, rows, names) == [(300, 0.5, 0, 0.0)]


def test_a_transfer_over_the_start_counts_in_queue_and_wall_time_each_its_part(result, only):
    rows = [transfer("a", "10:09:00", "10:13:20")]
    assert times(result, only, rows, "transfer_s transfer_queue_s transfer_wall_s") == [
        (260, 60, 200)
    ]


def test_what_moved_before_creation_is_in_neither(result, only):
    rows = [transfer("a", "09:50:00", "09:51:00")]
    assert times(result, only, rows, "transfer_s transfer_queue_s transfer_wall_s") == [(60, 0, 0)]


def test_a_direct_read_without_end_is_left_out_and_counted(result, only):
    rows = [transfer("a", "10:01:00", "10:02:00"), transfer("b", "10:05:00", None)]
    names = "transfers transfers_without_end transfer_queue_s"
    assert times(result, only, rows, names) == [(2, 1, 60)]


def test_a_job_with_no_queue_time_has_no_share_of_it(result, only):
    rows = [transfer("a", "10:01:00", "10:02:00")]
    at_once = {"starttime": "2025-04-01 10:00:00", "queue_s": 0}
    names = "queue_s transfer_queue_s queue_share_ratio transfer_wall_s"
    assert times(result, only, rows, names, **at_once) == [(0, 0, None, 60)]


@pytest.mark.bar(19)
def test_a_job_with_negative_queue_time_has_no_share_of_it(result, only):
    rows = [transfer("a", "09:58:00", "10:02:00")]
    early = {"starttime": "2025-04-01 09:59:00", "queue_s": -60}
    assert times(result, only, rows, "transfer_queue_s queue_share_ratio", **early) == [(0, None)]


def test_a_job_that_never_started_has_neither_share(result, only):
    rows = [transfer("a", "10:01:00", "10:02:00")]
    never = {"starttime": None, "queue_s": None, "wall_s": None}
    names = "transfer_s transfer_queue_s queue_share_ratio transfer_wall_s wall_share_ratio"
    assert times(result, only, rows, names, **never) == [(60, None, None, None, None)]


def test_sizes_that_nobody_knows_add_up_to_unknown(result, only):
    rows = [transfer("a", "10:01:00", "10:02:00", bytes=None)]
    assert times(result, only, rows, "bytes") == [(None,)]


@pytest.mark.parametrize(
    ("first", "second", "locality"),
    [(True, True, "local"), (False, False, "remote"), (True, False, "mixed")],
)
def test_a_job_is_as_local_as_its_transfers(result, only, first, second, locality):
    rows = [
        transfer("a", "10:01:00", "10:02:00", is_local=first),
        transfer("b", "10:01:00", "10:02:00", is_local=second),
    ]
    assert times(result, only, rows, "locality") == [(locality,)]


def test_a_transfer_of_the_look_back_is_found_on_its_own_day(result, only):
    early = transfer("a", "10:01:00", "10:02:00", started_day="2025-03-30")
    pairs = [pair("a", method="rm2", started_day="2025-03-30")]
    assert times(result, only, [early], "transfers", pairs) == [(1,)]


def test_daily_jobs_are_counted_by_where_and_how_they_ended(result, only):
    jobs = [
        job(1, site="BNL-ATLAS", cores=8),
        job(2, site="BNL-ATLAS", cores=1, wall_s=100),
        job(3, site="BNL-ATLAS", jobstatus="failed"),
        job(4, site=None),
    ]
    rows = result("mart.daily_jobs", {"core.jobs": jobs})
    names = "site jobstatus jobs queue_jobs queue_s wall_jobs wall_s wall_core_s"
    assert sorted(only(rows, names), key=str) == [
        ("BNL-ATLAS", "failed", 1, 1, 600, 1, 1200, 1200),
        ("BNL-ATLAS", "finished", 2, 2, 1200, 2, 1300, 9700),
        (None, "finished", 1, 1, 600, 1, 1200, 1200),
    ]

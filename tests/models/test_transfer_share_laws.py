"""Laws of what is told of matched jobs and transfers, held against slow and obvious answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

ONE_DAY = (DAY, "2025-04-02")
NOON = datetime(2025, 4, 1, 12)  # noqa: DTZ001 - naive is UTC here


def after_noon(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def obvious_phase(moving: range, start: int, end: int) -> str:
    """The phase of a transfer by the seconds in which it moves, of a job made in second 0."""
    if moving[0] >= end:
        return "after the end"
    if moving[0] >= start:
        return "in wall time"
    if moving[-1] >= start:
        return "over the start"
    return "in queue" if moving[-1] >= 0 else "before creation"


@settings(max_examples=25, deadline=None)
@given(
    begin=st.integers(-5, 12),
    length=st.integers(1, 12),
    start=st.integers(0, 5),
    wall=st.integers(0, 5),
)
def test_a_phase_is_told_by_the_seconds_in_which_a_transfer_moves(
    begin: int, length: int, start: int, wall: int, column_types: Mapping[str, Types]
) -> None:
    job = {
        "pandaid": 1,
        "job_day": DAY,
        "creationtime": NOON,
        "starttime": after_noon(start),
        "endtime": after_noon(start + wall),
    }
    transfer = {
        "transfer_id": "t",
        "started_day": DAY,
        "started_at": after_noon(begin),
        "ended_at": after_noon(begin + length),
        "duration_s": length,
    }
    pair = {"job_day": DAY, "pandaid": 1, "transfer_id": "t", "started_day": DAY}
    rows = {"core.jobs": [job], "core.transfers": [transfer], "core.job_transfers": [pair]}
    (found,) = ask("mart.transfer_phases", rows, column_types)
    assert found["phase"] == obvious_phase(range(begin, begin + length), start, start + wall)


SHARES = st.lists(
    st.tuples(st.sampled_from([0, 0.01, 0.015, 0.1, 0.5, 0.75, 0.76, 1, None]), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(jobs=SHARES)
def test_intervals_part_the_jobs_and_add_up_to_those_below(
    jobs: list[tuple[float | None, bool]], column_types: Mapping[str, Types]
) -> None:
    rows = {
        "core.jobs": [{"pandaid": n, "job_day": DAY} for n in range(len(jobs))],
        "mart.job_transfer_times": [
            {
                "pandaid": n,
                "job_day": DAY,
                "is_user_job": True,
                "method": "exact",
                "jobstatus": "failed" if failed else "finished",
                "queue_share_ratio": share,
            }
            for n, (share, failed) in enumerate(jobs)
        ],
    }
    found = ask("mart.transfer_share_counts", rows, column_types, window=ONE_DAY)
    for outcome in ("D", "F"):
        mine = [row for row in found if row["job_outcome"] == outcome]
        shares = [s for s, failed in jobs if s is not None and failed == (outcome == "F")]
        reached = 0
        for row in mine:
            reached += row["interval_jobs"]
            below = [s for s in shares if s <= row["threshold_ratio"]]
            assert row["jobs_below"] == reached == len(below)
            assert row["jobs"] == row["jobs_below"] + row["jobs_above"] == len(shares)
        assert reached == len(shares)


def ranks(values: Sequence[int]) -> list[float]:
    """The mean place of equal values, by counting."""
    return [
        sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in values
    ]


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    square = sum((x - x_mean) ** 2 for x in xs) * sum((y - y_mean) ** 2 for y in ys)
    product = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return product / sqrt(square) if square else None


@settings(max_examples=25, deadline=None)
@given(points=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=9))
def test_spearman_is_pearson_of_ranks_and_lies_in_its_interval(
    points: list[tuple[int, int]], column_types: Mapping[str, Types]
) -> None:
    rows: list[Row] = [
        {
            "pandaid": n,
            "job_day": DAY,
            "is_user_job": True,
            "method": "exact",
            "locality": "local",
            "bytes": size,
            "queue_s": queue_s,
        }
        for n, (size, queue_s) in enumerate(points)
    ]
    given_rows = {"mart.job_transfer_times": rows}
    found = ask("mart.size_correlations", given_rows, column_types, window=ONE_DAY)
    (row,) = [r for r in found if (r["quantity"], r["locality"]) == ("queue", "all")]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert row["jobs"] == len(points)
    assert row["pearson_coefficient"] == pytest.approx(pearson(xs, ys), abs=1e-9)
    assert row["spearman_coefficient"] == pytest.approx(pearson(ranks(xs), ranks(ys)), abs=1e-9)
    low, high = row["low_spearman_coefficient"], row["high_spearman_coefficient"]
    assert low is None or low <= row["spearman_coefficient"] <= high

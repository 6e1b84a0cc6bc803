"""Laws of the job indicators over any rows, against oracles that take the slow way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

ONE_DAY = (DAY, "2025-04-02")
NOON = datetime(2025, 4, 1, 12)  # noqa: DTZ001 - naive is UTC here
AMOUNTS = st.one_of(st.none(), st.integers(-5, 5), st.integers(0, 10**7), st.just(1000))
STATUSES = st.sampled_from(["finished", "failed", "failed", "closed"])
THRESHOLDS = st.sampled_from(["0", "1.9", "20", "60", "101"])


def user_jobs(columns: list[Row]) -> list[Row]:
    return [
        {"pandaid": n, "job_day": DAY, "is_user_job": True, **row} for n, row in enumerate(columns)
    ]


@pytest.mark.parametrize(
    ("mart", "column"),
    [("mart.cpu_time_histogram", "cpuconsumptiontime"), ("mart.queue_time_histogram", "queue_s")],
)
@settings(max_examples=25, deadline=None)
@given(amounts=st.lists(AMOUNTS, max_size=8), bins=st.sampled_from([1, 2, 4, 5, 10]))
def test_every_job_is_in_the_bin_that_holds_it(
    mart: str, column: str, amounts: list[int | None], bins: int, column_types: Mapping[str, Types]
) -> None:
    jobs = user_jobs([{column: amount} for amount in amounts])
    rows = ask(mart, {"core.jobs": jobs}, column_types, window=ONE_DAY, bins_a_decade=str(bins))
    known = [amount for amount in amounts if amount is not None and amount >= 0]
    for row in rows:
        held = len(amounts) - len(known)
        if row["from_s"] is not None:
            held = sum(row["from_s"] - 1e-6 <= amount < row["to_s"] - 1e-6 for amount in known)
        assert row["jobs"] == held
    assert sum(row["jobs"] for row in rows) == len(amounts)


RUNS = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(0, 20), st.sampled_from([1, 8]), st.sampled_from("ab")
    )
)


@settings(max_examples=40, deadline=None)
@given(runs=RUNS)
def test_a_sites_peak_is_that_of_its_busiest_second(
    runs: list[tuple[int, int, int, str]], column_types: Mapping[str, Types]
) -> None:
    jobs = user_jobs(
        [
            {
                "site": site,
                "cores": cores,
                "wall_s": length,
                "starttime": NOON + timedelta(seconds=start),
                "endtime": NOON + timedelta(seconds=start + length),
            }
            for start, length, cores, site in runs
        ]
    )
    held: Counter[tuple[str, int]] = Counter()
    for start, length, cores, site in runs:
        for second in range(start, start + length):
            held[site, second] += cores
    peaks: dict[str, int] = {}
    for (site, _), cores in held.items():
        peaks[site] = max(peaks.get(site, 0), cores)
    found = ask("mart.site_cores", {"core.jobs": jobs}, column_types)
    assert {row["site"]: row["peak_cores"] for row in found} == peaks


FAILURES = st.fixed_dictionaries(
    {
        "jobstatus": STATUSES,
        "wall_s": st.sampled_from([None, -5, 0, 60, 3600]),
        "cores": st.sampled_from([1, 8]),
        "piloterrorcode": st.sampled_from([None, 0, 1305, 1361]),
        "exeerrorcode": st.sampled_from([0, 0, 65]),
        "taskbuffererrorcode": st.sampled_from([0, 0, 102]),
    }
)
CODES = ("piloterrorcode", "exeerrorcode", "taskbuffererrorcode")


@settings(max_examples=25, deadline=None)
@given(columns=st.lists(FAILURES, max_size=10), threshold=THRESHOLDS)
def test_error_shares_add_up_to_codes_over_failed_jobs_and_waste_to_their_core_hours(
    columns: list[Row], threshold: str, column_types: Mapping[str, Types]
) -> None:
    jobs = {"core.jobs": user_jobs(columns)}
    daily = {"mart.daily_jobs": ask("mart.daily_jobs", jobs, column_types)}
    errors = {"mart.job_errors": ask("mart.job_errors", jobs, column_types)}
    how = {"threshold_percent": threshold}
    failed = [row for row in columns if row["jobstatus"] == "failed"]
    per_job = [sum(bool(row[code]) for code in CODES) for row in failed]
    shares = ask("mart.error_shares", errors | daily, column_types, window=ONE_DAY, **how)
    assert sum(row["jobs"] for row in shares) == sum(per_job)
    for row in shares:
        assert row["sum_ratio"] == pytest.approx(sum(per_job) / len(failed))
        assert row["failed_jobs"] == len(failed)
        assert row["uncoded_jobs"] == per_job.count(0)
        assert row["multi_error_jobs"] == sum(codes > 1 for codes in per_job)
    waste = ask("mart.wasted_core_hours", jobs | daily, column_types, window=ONE_DAY, **how)
    core_s = sum(max(row["wall_s"] or 0, 0) * row["cores"] for row in failed)
    assert sum(row["jobs"] for row in waste) == len(failed)
    assert sum(row["wasted_core_h"] for row in waste) == pytest.approx(core_s / 3600)
    if core_s:
        assert sum(row["wasted_ratio"] for row in waste) == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(
    sites=st.lists(st.sampled_from([None, "A", "A", "B", "C"]), min_size=1, max_size=12),
    threshold=THRESHOLDS,
)
def test_site_shares_add_up_to_one_whatever_is_folded(
    sites: list[str | None], threshold: str, column_types: Mapping[str, Types]
) -> None:
    jobs = {"core.jobs": user_jobs([{"site": site} for site in sites])}
    how = {"threshold_percent": threshold}
    rows = ask("mart.site_shares", jobs, column_types, window=ONE_DAY, **how)
    assert sum(row["jobs"] for row in rows) == len(sites)
    assert sum(row["sites"] for row in rows) == len(set(sites))
    assert sum(row["share_ratio"] for row in rows) == pytest.approx(1)
    for row in rows:
        if row["site"] != "Others":
            assert 100 * row["share_ratio"] >= float(threshold)


@settings(max_examples=25, deadline=None)
@given(
    tasks=st.lists(
        st.tuples(
            st.sampled_from(["done", "finished", "failed", "running", "aborted"]),
            st.integers(0, 12),
            st.integers(0, 12),
        ),
        max_size=8,
    )
)
def test_every_ended_task_with_jobs_is_in_the_bin_of_its_share_of_failed_jobs(
    tasks: list[tuple[str, int, int]], column_types: Mapping[str, Types]
) -> None:
    rows = [
        {"jeditaskid": n, "task_day": DAY, "status": status, "prodsourcelabel": "user"}
        for n, (status, _, _) in enumerate(tasks)
    ]
    sums = [
        {"jeditaskid": n, "job_day": DAY, "jobs": jobs, "failed_jobs": min(failed, jobs)}
        for n, (_, jobs, failed) in enumerate(tasks)
        if jobs
    ]
    given_rows = {"core.tasks": rows, "mart.task_jobs": sums}
    found = ask("mart.task_failure_rates", given_rows, column_types, window=ONE_DAY)
    expected: Counter[int] = Counter()
    for status, jobs, failed in tasks:
        if jobs and status != "running":
            expected[-(-10 * min(failed, jobs) // jobs)] += 1
    assert {row["bin"]: row["tasks"] for row in found if row["tasks"]} == dict(expected)

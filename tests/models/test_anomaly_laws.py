"""Laws of the anomalies over any rows, each beside an oracle that is slow and obvious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

WINDOW = (DAY, "2025-04-05")
MIDNIGHT = datetime(2025, 4, 1)  # noqa: DTZ001 - naive is UTC here
LAWS = settings(max_examples=25, deadline=None)

Copy = tuple[str, str | None, int, int, bool, int | None]
COPY = st.tuples(
    st.sampled_from("fgh"),  # file
    st.sampled_from(["A", "B", None]),  # destination
    st.integers(0, 95),  # hour in which it began
    st.integers(0, 1000),  # bytes
    st.booleans(),  # read in place
    st.sampled_from([None, 7, 8]),  # task of the pilot that downloaded it
)


def copies_as_rows(copies: list[Copy]) -> list[Row]:
    return [
        {
            "transfer_id": f"{n:03}",
            "started_day": (MIDNIGHT + timedelta(hours=hour)).date(),
            "started_at": MIDNIGHT + timedelta(hours=hour),
            "scope": "s",
            "lfn": lfn,
            "dst_site": site,
            "bytes": size,
            "duration_s": size % 7,
            "is_direct_io": in_place,
            "direction": task and "download",
            "jeditaskid": task,
        }
        for n, (lfn, site, hour, size, in_place, task) in enumerate(copies)
    ]


@LAWS
@given(copies=st.lists(COPY, max_size=12), within_days=st.integers(1, 3))
def test_a_copy_is_avoidable_if_the_same_file_came_to_the_same_site_shortly_before(
    copies: list[Copy],
    within_days: int,
    column_types: Mapping[str, Types],
) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    in_order = sorted(enumerate(copies), key=lambda pair: (pair[1][2], pair[0]))
    for place, (_, (lfn, site, hour, size, in_place, task)) in enumerate(in_order):
        before = [
            copy
            for _, copy in in_order[:place]
            if (copy[0], copy[1], copy[5]) == (lfn, site, task)
            and not copy[4]
            and hour - copy[2] <= 24 * within_days
        ]
        if site and not in_place and before and hour >= 24:
            expected[lfn, site] += size

    def avoidable(first: str, end: str) -> Counter[tuple[str, str]]:
        rows = {"core.transfers": copies_as_rows(copies)}
        name, days = "mart.redundant_transfers", str(within_days)
        found = ask(name, rows, column_types, window=(first, end), within_days=days)
        return sum(
            (Counter({(row["lfn"], row["dst_site"]): row["loss_bytes"]}) for row in found),
            Counter(),
        )

    assert avoidable("2025-04-02", "2025-04-05") == +expected
    days = ["2025-04-02", "2025-04-03", "2025-04-04", "2025-04-05"]
    assert sum((avoidable(*day) for day in pairwise(days)), Counter()) == +expected


LIFE_S = 32  # a copy may begin with the last second and outlive the job
QUEUE_S = 20
SPAN = st.tuples(st.integers(-5, LIFE_S), st.integers(0, 9))


@LAWS
@given(spans=st.lists(SPAN, min_size=1, max_size=5))
def test_copies_are_sequential_if_none_of_them_begins_while_another_moves(
    spans: list[tuple[int, int]], column_types: Mapping[str, Types]
) -> None:
    job = {
        "job_day": DAY,
        "pandaid": 1,
        "creationtime": MIDNIGHT,
        "starttime": MIDNIGHT + timedelta(seconds=QUEUE_S),
        "endtime": MIDNIGHT + timedelta(seconds=LIFE_S),
        "lifetime_s": LIFE_S,
    }
    transfers = [
        {
            "transfer_id": str(n),
            "started_day": DAY,
            "direction": "download",
            "started_at": MIDNIGHT + timedelta(seconds=start),
            "ended_at": MIDNIGHT + timedelta(seconds=start + length),
            "duration_s": length,
        }
        for n, (start, length) in enumerate(spans)
    ]
    pairs = [
        {"job_day": DAY, "pandaid": 1, "transfer_id": str(n), "started_day": DAY, "rm2": True}
        for n in range(len(spans))
    ]
    rows = {"core.jobs": [job], "core.transfers": transfers, "core.job_transfers": pairs}
    found = ask("mart.job_stagings", rows, column_types)
    in_life = [(a, length) for a, length in spans if a >= 0]
    assert len(found) == bool(in_life)
    for row in found:
        apart = all(
            a + length <= b or b + other <= a
            for (a, length), (b, other) in combinations(spans, 2)
            if max(a, b) >= 0
        )
        assert row["is_sequential"] == (apart and len(in_life) > 1)
        lengths = [min(length, LIFE_S - start) for start, length in in_life]
        assert row["summed_s"] == sum(lengths)
        assert row["longest_s"] == max(lengths) <= LIFE_S
        moving = {s for a, length in in_life for s in range(a, a + length) if s < QUEUE_S}
        assert row["staging_queue_s"] == len(moving)


MOVE = st.tuples(st.integers(0, 23), st.integers(1, 2000))


@LAWS
@given(moves=st.lists(MOVE, min_size=4, max_size=24), faster=st.sampled_from([2, 10, 1000]))
def test_a_grid_that_is_faster_everywhere_has_the_same_slow_links(
    moves: list[tuple[int, int]], faster: int, column_types: Mapping[str, Types]
) -> None:
    def slow(size: int) -> list[tuple[object, ...]]:
        rows = [
            {
                "transfer_id": str(n),
                "started_day": DAY,
                "src_site": "A",
                "dst_site": "B",
                "bytes": size,
                "duration_s": seconds,
                "started_at": MIDNIGHT + timedelta(hours=hour),
            }
            for n, (hour, seconds) in enumerate(moves)
        ]
        found = ask(
            "mart.slow_links",
            {"core.transfers": rows},
            column_types,
            window=WINDOW,
            least_transfers="2",
            least_errors="1.5",
            least_times="3",
        )
        assert all(row["loss_s"] >= 0 for row in found)
        return [(row["day"], row["spells"], row["transfers"], row["loss_s"]) for row in found]

    assert slow(10**9) == slow(10**9 * faster)


SHARE = st.sampled_from([None, 0.0, 0.5, 0.75, 0.9, 1.0])
JOB = st.fixed_dictionaries(
    {
        "jobstatus": st.sampled_from(["finished", "failed"]),
        "queue_share_ratio": SHARE,
        "wall_share_ratio": SHARE,
        "is_sequential": st.booleans(),
        "copies": st.integers(1, 4),
        "longest_s": st.sampled_from([0, 50, 800, 990]),
    }
)


@settings(max_examples=12, deadline=None)
@given(jobs=st.lists(JOB, max_size=8), copies=st.lists(COPY, max_size=8))
def test_anomalies_are_those_of_all_kinds_and_a_dominated_job_is_of_no_other(
    jobs: list[Row],
    copies: list[Copy],
    column_types: Mapping[str, Types],
) -> None:
    staged = jobs_as_rows(jobs)
    copied = {"core.transfers": copies_as_rows(copies)}
    found = ask("mart.anomalies", staged | copied, column_types, window=WINDOW)
    alone = {
        kind: len(ask(f"mart.{kind}s", rows, column_types, window=WINDOW))
        for kind, rows in (
            ("sequential_staging", staged),
            ("long_transfer_failure", staged),
            ("dominating_transfer", staged),
            ("redundant_transfer", copied),
        )
    }
    assert Counter(alone) == Counter(row["kind"] for row in found)
    assert len({row["anomaly_id"] for row in found}) == len(found)
    dominated = {row["pandaid"] for row in found if row["kind"] == "dominating_transfer"}
    of_jobs = [row["pandaid"] for row in found if row["pandaid"] in dominated]
    assert len(of_jobs) == len(dominated)
    assert all(row["loss_s"] >= 0 and row["loss_bytes"] >= 0 for row in found)
    assert all(0 <= row["confidence_ratio"] <= 1 and row["evidence"] for row in found)


def jobs_as_rows(jobs: list[Row]) -> dict[str, list[Row]]:
    times, stagings = [], []
    for pandaid, job in enumerate(jobs):
        key = {"job_day": DAY, "pandaid": pandaid, "method": "exact"}
        shares = {n: job[n] for n in ("jobstatus", "queue_share_ratio", "wall_share_ratio")}
        parts = {
            "transfer_queue_s": _part(job["queue_share_ratio"]),
            "transfer_wall_s": _part(job["wall_share_ratio"]),
        }
        fixed = {"is_user_job": True, "queue_s": 1000, "wall_s": 1000, "locality": "local"}
        times.append(key | fixed | shares | parts | {"transfers": job["copies"]})
        own = {n: job[n] for n in ("is_sequential", "copies", "longest_s")}
        own |= {"staging_queue_s": parts["transfer_queue_s"]}
        summed_s = job["longest_s"] * job["copies"]
        stagings.append(key | own | {"summed_s": summed_s, "lifetime_s": 1000})
    return {"mart.job_transfer_times": times, "mart.job_stagings": stagings}


def _part(ratio: float | None) -> int | None:
    return None if ratio is None else round(1000 * ratio)

"""Laws of the marts over any rows: overlaps count once, and the paper's tables agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

ONE_DAY = (DAY, "2025-04-02")
NOON = datetime(2025, 4, 1, 12)  # noqa: DTZ001 - naive is UTC here
SECONDS = st.integers(min_value=-20, max_value=60)
MOVES = st.lists(st.tuples(SECONDS, st.integers(min_value=0, max_value=30)), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(moves=MOVES, start=st.integers(0, 30), end=st.integers(30, 60))
def test_a_jobs_transfer_time_is_the_number_of_seconds_in_which_anything_moves(
    moves: list[tuple[int, int]], start: int, end: int, column_types: Mapping[str, Types]
) -> None:
    job = {
        "pandaid": 1,
        "job_day": DAY,
        "creationtime": NOON,
        "starttime": NOON + timedelta(seconds=start),
        "endtime": NOON + timedelta(seconds=end),
        "queue_s": start,
        "wall_s": end - start,
    }
    transfers = [
        {
            "transfer_id": str(n),
            "started_day": DAY,
            "started_at": NOON + timedelta(seconds=begin),
            "ended_at": NOON + timedelta(seconds=begin + length),
            "duration_s": length,
        }
        for n, (begin, length) in enumerate(moves)
    ]
    pairs = [
        {"job_day": DAY, "pandaid": 1, "transfer_id": str(n), "started_day": DAY, "rm2": True}
        for n in range(len(moves))
    ]
    rows = {"core.jobs": [job], "core.transfers": transfers, "core.job_transfers": pairs}
    (found,) = ask("mart.job_transfer_times", rows, column_types)
    moving = {second for begin, length in moves for second in range(begin, begin + length)}
    assert found["transfer_s"] == len(moving)
    assert found["transfer_queue_s"] == len(moving & set(range(start)))
    assert found["transfer_wall_s"] == len(moving & set(range(start, end)))


TRANSFER = st.fixed_dictionaries(
    {
        "activity": st.sampled_from(["Analysis Download", "Analysis Upload", "Express", None]),
        "jeditaskid": st.sampled_from([7, 7, 7, None]),
        "started_at": st.sampled_from([NOON, NOON, NOON, None]),
        "is_local": st.booleans(),
    }
)
PAIR = st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=25, deadline=None)
@given(
    transfers=st.lists(TRANSFER, max_size=6),
    users=st.lists(st.booleans(), min_size=4, max_size=4),
    pairs=st.sets(PAIR, max_size=12),
    population=st.sampled_from(["user", "production", "all"]),
)
def test_table_1_and_table_2a_have_the_same_totals_and_the_methods_grow(
    transfers: list[Row],
    users: list[bool],
    pairs: set[tuple[int, int, int]],
    population: str,
    column_types: Mapping[str, Types],
) -> None:
    rows = {
        "core.jobs": [
            {"pandaid": n, "job_day": DAY, "is_user_job": user} for n, user in enumerate(users)
        ],
        "core.transfers": [
            {"transfer_id": str(n), "started_day": DAY, **row} for n, row in enumerate(transfers)
        ],
        "core.job_transfers": [
            {
                "job_day": DAY,
                "pandaid": job,
                "transfer_id": str(transfer),
                "started_day": DAY,
                "exact": level == 0,
                "rm1": level <= 1,
                "rm2": level <= 2,
                "direct": level == 3,
            }
            for transfer, job, level in pairs
        ],
    }
    methods = ("exact", "rm1", "rm2")
    how = {"window": ONE_DAY, "population": population}
    table_2a = ask("mart.transfer_localities", rows, column_types, **how)
    last_rows = [
        ask("mart.activity_matches", rows, column_types, method=method, **how)[-1]
        for method in methods
    ]
    totals = {row["method"]: (row["total"], row["of_transfers"]) for row in table_2a}
    table_1 = dict(zip(methods, last_rows, strict=True))
    assert totals == {m: (row["matched_count"], row["total_count"]) for m, row in table_1.items()}
    assert totals["exact"][0] <= totals["rm1"][0] <= totals["rm2"][0] <= totals["rm2"][1]

"""The paper's own numbers add up, and give the percentages that it prints."""

from __future__ import annotations

import pytest

from gridlens.charts.published import JOBS, TABLE_1, TABLE_2A, TABLE_2B, TRANSFERS


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


def test_the_activities_of_table_1_add_up_to_its_total() -> None:
    rows = [counts for activity, counts in TABLE_1.items() if activity != "Total"]
    matched, total = map(sum, zip(*rows, strict=True))
    assert (matched, total) == TABLE_1["Total"] == (30_380, TRANSFERS)


@pytest.mark.parametrize(
    ("activity", "printed"),
    [
        ("Analysis Download", 8.38),
        ("Analysis Upload", 95.42),
        ("Analysis Download Direct IO", 2.31),
        ("Production Upload", 0),
        ("Production Download", 0),
        ("Total", 1.92),
    ],
)
def test_table_1_gives_the_percentages_that_it_prints(activity: str, printed: float) -> None:
    assert percent(*TABLE_1[activity]) == printed


@pytest.mark.parametrize(("method", "printed"), [("exact", 1.92), ("rm1", 2.33), ("rm2", 3.82)])
def test_local_and_remote_add_up_in_table_2a(method: str, printed: float) -> None:
    local, remote, total = TABLE_2A[method]
    assert local + remote == total
    assert percent(total, TRANSFERS) == printed


@pytest.mark.parametrize(("method", "printed"), [("exact", 0.82), ("rm1", 0.93), ("rm2", 1.71)])
def test_local_remote_and_mixed_add_up_in_table_2b(method: str, printed: float) -> None:
    *parts, total = TABLE_2B[method]
    assert sum(parts) == total
    assert percent(total, JOBS) == printed


def test_tables_1_and_2a_have_the_same_exact_matches() -> None:
    assert TABLE_2A["exact"][-1] == TABLE_1["Total"][0]

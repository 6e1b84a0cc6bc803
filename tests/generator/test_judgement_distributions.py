"""What the pictures of Fig. 7 and 8 are drawn from."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import grid, jobs

from gridlens.generator.judgement.distributions import distributions, statistics
from gridlens.generator.splits import split


def bins(table: pa.Table, variable: str) -> dict[int, tuple[object, ...]]:
    rows = table.filter(pc.field("variable") == variable).to_pylist()
    names = ("category", "low", "high", "training_ratio", "drawn_ratio")
    return {row["bin"]: tuple(row[name] for name in names) for row in rows}


def test_a_number_stands_in_bins_of_a_fourth_of_a_power_of_ten() -> None:
    train = jobs(*({"ninputdatafiles": n} for n in (1, 1000, 0, None)))
    drawn = jobs(*({"ninputdatafiles": n} for n in (1000, 1001, 0, 1)))
    assert bins(distributions(drawn, train), "ninputdatafiles") == {
        -2: (None, None, None, 0.25, 0.0),
        -1: (None, None, None, 0.25, 0.25),
        0: (None, 1.0, pytest.approx(10**0.25), 0.25, 0.25),
        12: (None, 1000.0, pytest.approx(10**3.25), 0.25, 0.5),
    }


def test_a_category_has_its_most_frequent_values_and_the_others_together() -> None:
    names = [f"S{n:02}" for n in range(22)]
    train = jobs(*({"computingsite": name} for name in [*names, "S05", None]))
    drawn = jobs({"computingsite": "S05"}, {"computingsite": "ELSEWHERE"})
    found = bins(distributions(drawn, train), "computingsite")
    assert found[0] == ("S05", None, None, pytest.approx(2 / 24), 0.5)
    assert found[1] == ("S00", None, None, pytest.approx(1 / 24), 0.0)
    assert found[-3] == (None, None, None, pytest.approx(2 / 24), 0.5)
    assert found[-2] == (None, None, None, pytest.approx(1 / 24), 0.0)


def test_a_time_that_is_never_known_is_missing() -> None:
    table = jobs({"creationtime": None})
    assert bins(distributions(table, table), "creationtime") == {-2: (None, None, None, 1.0, 1.0)}


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_shares_of_a_variable_are_all_of_its_rows(drawn: int, train: int, seed: int) -> None:
    table = distributions(grid(drawn, seed), grid(train, seed + 1))
    sums = table.group_by("variable").aggregate([("training_ratio", "sum"), ("drawn_ratio", "sum")])
    for row in sums.to_pylist():
        assert (row["training_ratio_sum"], row["drawn_ratio_sum"]) == pytest.approx((1, 1))


def test_parts_of_a_split_are_counted_variable_by_variable() -> None:
    table = jobs(*({"computingsite": f"S{n % 2}", "datatype": None} for n in range(10)))
    rows = statistics(split(table, "random", 1)).to_pylist()
    found = {(row["part"], row["variable"]): row for row in rows}
    assert found["train", "computingsite"]["rows"] == 6
    assert found["train", "datatype"]["missing_rows"] == 6
    assert found["test", "datatype"]["distinct_values"] == 0
    assert sum(found[part, "jobstatus"]["rows"] for part in ("train", "validation", "test")) == 10

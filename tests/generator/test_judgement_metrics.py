"""Each metric on rows that one can count by hand, and laws that hold of any."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import FIRST, grid, jobs

from gridlens.errors import InputError
from gridlens.generator.judgement.association import correlation_ratio, theils_u
from gridlens.generator.judgement.fidelity import category_distance, coverage, number_distance
from gridlens.generator.judgement.judge import judge, judge_engine
from gridlens.generator.judgement.lens import Lens, Tables
from gridlens.generator.judgement.logic import logic
from gridlens.generator.judgement.neighbours import nearest
from gridlens.generator.judgement.privacy import membership_floor
from gridlens.generator.judgement.score import METRICS, Score, value_of
from gridlens.generator.judgement.time import (
    autocorrelation,
    dispersion,
    time_structure,
    week_profile_difference,
)
from gridlens.generator.splits import split
from gridlens.generator.workload import VARIABLES

WORKLOAD = next(v for v in VARIABLES if v.name == "workload_gflop")


def works(*values: float | None) -> pa.Table:
    return jobs(*({"workload_gflop": value} for value in values))


def named(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def at_hours(*hours: int) -> pa.Table:
    return jobs(*({"creationtime": FIRST + timedelta(hours=hour)} for hour in hours))


def of_logic(drawn: pa.Table, train: pa.Table) -> tuple[Score, ...]:
    return tuple(logic(Tables.alike(drawn, train, train)))


def test_a_holdout_without_rows_is_refused_with_the_next_step() -> None:
    with pytest.raises(InputError, match="no holdout rows to judge by: choose a window with more"):
        judge(jobs({}), jobs({}), jobs({}).slice(0, 0), 1)


def test_a_split_of_one_row_is_refused_with_the_next_step() -> None:
    with pytest.raises(
        InputError, match="validation part of the split has no rows: choose a longer"
    ):
        judge_engine(jobs({}), split(jobs({}), "random", 1), 1)


def test_drawn_rows_that_lack_a_variable_of_the_training_rows_are_refused_by_name() -> None:
    train = jobs({}).append_column("corecount", pa.array([8]))
    with pytest.raises(InputError, match="drawn rows lack 'corecount'"):
        judge(jobs({}), train, train, 1)


@pytest.mark.parametrize("n", [2, 10])
def test_a_handful_of_rows_is_judged_and_what_they_cannot_say_is_no_number(n: int) -> None:
    scores = judge(grid(n), grid(n, 2), grid(n, 3), 1)
    assert {s.metric for s in scores} >= {"wasserstein", "copies", "broken_rules", "status_f1"}
    assert value_of(scores, "workload_r2") == 0
    assert n > 2 or math.isnan(value_of(scores, "two_sample_auc"))


def test_columns_without_a_value_are_alike() -> None:
    nothing: dict[str, Any] = {"workload_gflop": None, "datatype": None, "creationtime": None}
    table = jobs(*[nothing] * 8)
    scores = judge(table, table, table, 1)
    assert value_of(scores, "wasserstein") == value_of(scores, "jensen_shannon") == 0
    assert math.isnan(value_of(scores, "dispersion_1h"))


def test_numbers_are_a_wasserstein_distance_apart_in_ranges_of_their_logarithm() -> None:
    train, drawn = works(0.0, math.e**2 - 1), works(math.e - 1, math.e - 1)
    assert number_distance(drawn, train, WORKLOAD) == pytest.approx(0.5)


def test_numbers_that_are_missing_on_one_side_only_are_a_whole_range_apart() -> None:
    assert number_distance(works(None), works(1.0), WORKLOAD) == 1
    assert number_distance(works(None), works(None), WORKLOAD) == 0


def test_categories_that_share_no_value_are_1_apart_and_half_of_one_less() -> None:
    assert category_distance(named("BNL"), named("CERN")) == pytest.approx(1)
    # entropy of (3/4, 1/4), less the mean of the entropies 0 and 1
    of_middle = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    expected = pytest.approx(math.sqrt(of_middle - 0.5))
    assert category_distance(named("CERN", None), named("CERN")) == expected


def test_coverage_counts_training_rows_not_values() -> None:
    assert coverage(named("CERN"), named("CERN", "CERN", "CERN", "BNL")) == 0.75


def test_a_category_tells_all_of_what_it_decides_and_nothing_of_what_it_does_not() -> None:
    codes, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert theils_u(codes, codes) == pytest.approx(1)
    assert theils_u(codes, other) == pytest.approx(0)
    assert correlation_ratio(codes, np.array([-1.0, -1.0, 1.0, 1.0])) == pytest.approx(1)
    assert correlation_ratio(codes, np.array([-1.0, 1.0, -1.0, 1.0])) == pytest.approx(0)
    assert theils_u(np.zeros(4, int), codes) == correlation_ratio(codes, np.zeros(4)) == 0


def test_dispersion_is_the_variance_over_the_mean_of_hours_taken_together() -> None:
    counts = np.array([0.0, 4.0, 0.0, 4.0, 9.0])
    assert dispersion(counts[:4], 1) == 2
    assert dispersion(counts, 2) == 0


def test_counts_that_alternate_are_opposite_one_hour_on() -> None:
    one, two = autocorrelation(np.array([0.0, 2.0] * 100), 2)
    assert (one, two) == pytest.approx((-0.995, 0.99))


def test_a_week_is_compared_in_the_hours_that_both_windows_hold() -> None:
    monday, week_later = np.array([4 * 24, 4 * 24 + 1]), np.array([11 * 24, 11 * 24, 11 * 24 + 1])
    assert week_profile_difference(monday, week_later) == pytest.approx(1 / 6)
    assert week_profile_difference(monday, monday + 24) is None


def test_thinning_makes_half_as_many_jobs_no_smoother_and_no_burstier() -> None:
    even = at_hours(*(hour for hour in range(48) for _ in range(40)))
    half = at_hours(*(hour for hour in range(48) for _ in range(20)))
    scores = tuple(time_structure(even, half, 1))
    assert value_of(scores, "busiest_hours") < 1.6


def test_jobs_that_all_come_in_one_hour_of_each_day_are_burstier_than_the_even_ones() -> None:
    even, bursts = at_hours(*range(96)), at_hours(*(24 * (n // 24) + n % 2 for n in range(96)))
    assert value_of(tuple(time_structure(bursts, even, 1)), "dispersion_1h") > 5


def test_a_file_without_bytes_is_impossible_unless_training_rows_have_it() -> None:
    strange, fine = jobs({"inputfilebytes": 0}, {}), jobs({}, {})
    rule = "files are zero where bytes are zero"
    assert value_of(of_logic(strange, fine), "broken_rules", rule) == 0.5
    assert math.isnan(value_of(of_logic(strange, strange), "broken_rules", rule))


def test_a_row_that_breaks_two_rules_counts_once() -> None:
    strange = jobs({"inputfilebytes": 0, "jobstatus": None}, {})
    assert value_of(of_logic(strange, jobs({}, {})), "broken_rules") == 0.5


def test_a_job_of_another_day_or_without_a_known_time_is_impossible() -> None:
    drawn = jobs({"creationtime": FIRST + timedelta(days=1)}, {"creationtime": None}, {}, {})
    scores = of_logic(drawn, jobs({}))
    assert value_of(scores, "broken_rules", "made on a day of the real rows") == 0.25
    assert value_of(scores, "broken_rules", "creationtime is known") == 0.25


def test_a_status_that_never_worked_has_no_workload() -> None:
    train = jobs(*[{"jobstatus": "closed", "workload_gflop": 0.0}] * 100, {})
    drawn = jobs({"jobstatus": "closed"}, {})
    rule = "closed jobs have no workload"
    assert value_of(of_logic(drawn, train), "broken_rules", rule) == 0.5
    assert math.isnan(value_of(of_logic(drawn, train.slice(1)), "broken_rules", rule))


def test_a_tuple_of_its_own_is_told_even_where_each_value_is_known() -> None:
    train = jobs({"project": "a", "datatype": "x"}, {"project": "b", "datatype": None})
    drawn = jobs({"project": "a", "datatype": "x"}, {"project": "b", "datatype": "x"})
    assert value_of(of_logic(drawn, train), "unseen_tuples") == 0.5


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_nearest_row_is_that_of_a_full_search(among: int, asked: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, queries = (rng.normal(size=(n, 5)).astype(np.float32) for n in (among, asked))
    queries[0] = rows[0]
    distances, found = nearest(rows, queries)
    full = np.linalg.norm(rows[None].astype(float) - queries[:, None], axis=2)
    assert distances == pytest.approx(full.min(axis=1))
    assert list(found) == list(full.argmin(axis=1))
    assert distances[0] == 0


NAMES = st.lists(st.sampled_from(["CERN", "BNL", None]), min_size=1, max_size=9)
VALUES = st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=9)


@given(NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_shares_are_as_far_apart_one_way_as_the_other(one: list[Any], other: list[Any]) -> None:
    there = category_distance(named(*one), named(*other))
    assert there == pytest.approx(category_distance(named(*other), named(*one)))
    assert 0 <= there <= 1
    assert category_distance(named(*one), named(*one)) == pytest.approx(0, abs=1e-7)


@given(VALUES, VALUES)
@settings(max_examples=60, deadline=None)
def test_a_number_is_nowhere_apart_from_itself(one: list[Any], other: list[Any]) -> None:
    assert number_distance(works(*one), works(*one), WORKLOAD) == 0
    assert number_distance(works(*one), works(*other), WORKLOAD) >= 0


def test_real_rows_without_tasks_stand_for_themselves_before_the_classifier() -> None:
    drawn, train, holdout = (
        t.set_column(t.column_names.index("jeditaskid"), "jeditaskid", pa.nulls(60, pa.int64()))
        for t in (grid(60), grid(60, 2), grid(60, 3))
    )
    scores = judge(drawn.drop_columns(["jeditaskid"]), train, holdout, 1)
    assert 0 <= value_of(scores, "two_sample_auc") <= 1


@pytest.mark.parametrize("few", ["drawn", "holdout"])
def test_a_side_of_one_task_cannot_be_told_on_folds_without_it(few: str) -> None:
    rows = {"drawn": grid(90), "train": grid(90, 2), "holdout": grid(90, 3)}
    place = rows[few].column_names.index("jeditaskid")
    rows[few] = rows[few].set_column(place, "jeditaskid", pa.array([7] * 90))
    assert math.isnan(value_of(judge(*rows.values(), 1), "two_sample_auc"))


def test_equal_rows_are_one_point_and_a_missing_number_is_another() -> None:
    table = works(5.0, 5.0, None)
    points = Lens.over(Tables.alike(table, table, table)).points(table, 1)
    assert (points[0] == points[1]).all()
    assert np.linalg.norm(points[0] - points[2]) > 0.9


def test_the_same_seed_gives_the_same_scores_and_each_has_a_meaning() -> None:
    tables = (grid(60), grid(90, 2), grid(60, 3))
    scores = judge(*tables, 1)
    assert scores == judge(*tables, 1)
    assert {s.metric for s in scores} <= METRICS.keys()


def floor_of(train: pa.Table, holdout: pa.Table) -> float:
    tables = Tables.alike(train, train, holdout)
    return membership_floor(tables, Lens.over(tables), len(train), 1)


def test_one_training_row_has_no_floor_of_membership() -> None:
    assert math.isnan(floor_of(jobs({}), works(1.0, 2.0)))


def test_known_tasks_are_told_from_a_holdout_of_another_kind_though_no_row_was_kept() -> None:
    assert floor_of(works(*range(1, 41)), works(*range(10**9, 10**9 + 40))) == 1.0


def test_rows_are_not_told_by_others_where_the_holdout_is_of_the_same_kind() -> None:
    rows = grid(2000)
    is_train = np.random.default_rng(1).random(2000) < 0.5
    floor = floor_of(rows.filter(pa.array(is_train)), rows.filter(pa.array(~is_train)))
    assert abs(floor - 0.5) < 0.05


def test_the_membership_of_unseen_rows_is_the_floor() -> None:
    parts = split(grid(600), "time", 1)
    judged = judge_engine(parts.train, parts, 1)
    tables = Tables.alike(parts.validation, parts.train, parts.test)
    floor = membership_floor(tables, Lens.over(tables), len(parts.validation), 1)
    assert value_of(judged.holdout, "membership_auc") == pytest.approx(floor)


@pytest.mark.parametrize("cores", range(1, 9))
def test_a_number_that_is_the_same_everywhere_counts_as_it_is(cores: int) -> None:
    table = grid(600).append_column("corecount", pa.array([cores] * 600))
    assert Lens.over(Tables.alike(table, table, table)).spread[-1] == 1.0

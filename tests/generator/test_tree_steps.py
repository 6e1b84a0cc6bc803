from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from gridlens.generator.encoding import MISSING, VALUE, ZERO
from gridlens.generator.tree.branches import Branches
from gridlens.generator.tree.donors import Donors, Drawn
from gridlens.generator.tree.joint import joint
from gridlens.generator.tree.step import Step


def _categories(*codes: int) -> Drawn:
    return Drawn(np.array(codes, np.int32))


def _numbers(*numbers: float) -> Drawn:
    return Drawn(np.zeros(len(numbers), np.int32), np.array(numbers, np.float64))


def _one_leaf(values: Drawn, few: int) -> Donors:
    return Donors.collect(np.zeros(len(values.codes), np.int32), 1, values, few)


@given(st.integers(1, 300), st.integers(1, 4), st.integers(1, 20), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_rows_end_in_the_leaves_in_which_scikit_learn_puts_them(
    n: int, width: int, leaf: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, width)).round(1).astype(np.float32)
    target = rng.normal(size=(n, 2)) + features[:, :1]
    asked = rng.normal(size=(50, width)).astype(np.float32)
    oracle = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=3).fit(features, target)
    branches = Branches.grow(features, target, leaf, 3)
    assert branches.leaf(asked).tolist() == oracle.apply(asked).tolist()


def test_a_target_that_never_varies_needs_no_tree() -> None:
    features = np.arange(100, dtype=np.float32)[:, None]
    assert len(Branches.grow(features, np.ones((100, 1)), 5, 1)) == 1


def test_a_number_that_many_rows_have_is_drawn_as_it_is() -> None:
    donors = _one_leaf(_numbers(*[1.0] * 5, *[8.0] * 5), few=5)
    drawn = donors.draw(np.zeros(500, np.int32), np.random.default_rng(1))
    assert set(drawn.numbers.tolist()) == {1.0, 8.0}


def test_a_rare_number_is_moved_at_most_half_way_to_its_neighbour() -> None:
    donors = _one_leaf(_numbers(0.0, 1.0, 3.0), few=5)
    numbers = donors.draw(np.zeros(3000, np.int32), np.random.default_rng(1)).numbers
    assert (numbers.min(), numbers.max()) == (0.0, pytest.approx(3.0))
    assert len(set(numbers.tolist())) > 1500
    assert numbers.mean() == pytest.approx(4 / 3, abs=0.05)


def test_a_rare_number_is_not_moved_towards_zero_or_nothing() -> None:
    states = np.array([VALUE, ZERO, MISSING], np.int32)
    donors = _one_leaf(Drawn(states, np.array([5.0, 0.0, 0.0])), few=5)
    drawn = donors.draw(np.zeros(300, np.int32), np.random.default_rng(1))
    pairs = set(zip(drawn.codes.tolist(), drawn.numbers.tolist(), strict=True))
    assert pairs == {(VALUE, 5.0), (ZERO, 0.0), (MISSING, 0.0)}


def test_donors_of_a_leaf_are_sorted_so_that_no_order_ties_them_to_rows() -> None:
    donors = Donors.collect(np.array([2, 1, 2, 1], np.int32), 3, _numbers(4.0, 3.0, 1.0, 2.0), 0)
    assert donors.starts.tolist() == [0, 0, 2, 4]
    assert donors.numbers.tolist() == [2.0, 3.0, 1.0, 4.0]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_only_values_of_the_rows_leaf_are_drawn(rows: list[tuple[int, int]], seed: int) -> None:
    leaf, codes = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    donors = Donors.collect(leaf, 4, Drawn(codes), 0)
    drawn = donors.draw(leaf, np.random.default_rng(seed))
    assert set(zip(leaf.tolist(), drawn.codes.tolist(), strict=True)) <= set(rows)


def test_the_shares_of_a_leaf_count_its_donors() -> None:
    leaf = np.array([1, 1, 1, 2], np.int32)
    donors = Donors.collect(leaf, 3, _categories(7, 5, 7, 5), 0)
    starts, codes, shares = donors.shares()
    assert starts.tolist() == [0, 0, 2, 3]
    assert codes.tolist() == [5, 7, 5]
    assert shares.tolist() == pytest.approx([1 / 3, 2 / 3, 1])


@given(st.integers(2, 200), st.integers(1, 10), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_all_ways_through_the_steps_have_the_shares_of_what_is_drawn(
    n: int, leaf: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    first = _categories(*rng.integers(0, 3, n))
    first = Drawn(np.unique(first.codes, return_inverse=True)[1].astype(np.int32))
    second = _categories(*(first.codes + rng.integers(0, 2, n)))
    steps = [
        Step.fit([], first, leaf=leaf, seed=1, is_moved=False),
        Step.fit([first], second, leaf=leaf, seed=2, is_moved=False),
    ]
    (a, b), weights = joint(steps, [np.ones(3, bool), np.ones(5, bool)])
    assert weights.sum() == pytest.approx(1)
    drawn_a = steps[0].draw([], 20_000, rng)
    drawn_b = steps[1].draw([drawn_a], 20_000, rng)
    for x, y, weight in zip(a.codes, b.codes, weights, strict=True):
        share = ((drawn_a.codes == x) & (drawn_b.codes == y)).mean()
        assert share == pytest.approx(weight, abs=0.025)
    assert set(zip(drawn_a.codes, drawn_b.codes, strict=True)) <= set(
        zip(a.codes, b.codes, strict=True)
    )


def test_the_tree_finds_what_a_category_of_many_values_tells() -> None:
    rng = np.random.default_rng(1)
    site = Drawn(rng.integers(0, 200, 20_000).astype(np.int32))
    level = rng.normal(size=200)
    speed = Drawn(np.zeros(20_000, np.int32), level[site.codes])
    step = Step.fit([site], speed, leaf=15, seed=1, is_moved=False)
    drawn = step.draw([site], 20_000, rng)
    assert np.corrcoef(drawn.numbers, speed.numbers)[0, 1] > 0.999


def test_a_target_of_many_classes_is_told_apart_too() -> None:
    rng = np.random.default_rng(1)
    project = Drawn(rng.integers(0, 40, 20_000).astype(np.int32))
    site = Drawn(((project.codes * 4 + rng.integers(0, 4, 20_000)) % 150).astype(np.int32))
    step = Step.fit([project], site, leaf=15, seed=1, is_moved=False)
    drawn = step.draw([project], 20_000, rng)
    together = set(zip(project.codes.tolist(), site.codes.tolist(), strict=True))
    pairs = zip(project.codes.tolist(), drawn.codes.tolist(), strict=True)
    assert sum(pair in together for pair in pairs) > 0.9 * 20_000

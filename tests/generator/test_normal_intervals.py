from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from gridlens.generator.normal import draw, draw_within

CORRELATION = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, -0.1], [0.3, -0.1, 1.0]])


def test_normal_numbers_have_the_correlation() -> None:
    numbers = draw(CORRELATION, 40_000, np.random.default_rng(1))
    assert np.corrcoef(numbers.T) == pytest.approx(CORRELATION, abs=0.02)


@given(st.floats(0, 0.9), st.floats(0.001, 1), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_bounded_numbers_stay_within_their_bounds(low: float, width: float, seed: int) -> None:
    high = min(1.0, low + width)
    bounds = [np.full((50, 2), x) for x in (low, high)]
    numbers = draw_within(CORRELATION, (2, 0), *bounds, np.random.default_rng(seed))
    assert np.isfinite(numbers).all()
    assert ((ndtri(low) <= numbers[:, [0, 2]]) & (numbers[:, [0, 2]] <= ndtri(high))).all()


def test_numbers_given_bounds_are_like_those_that_fell_within_by_chance() -> None:
    rng = np.random.default_rng(1)
    low, high = np.array([0.7, 0.1]), np.array([0.9, 0.5])
    free = draw(CORRELATION, 400_000, rng)
    is_within = ((free[:, :2] > ndtri(low)) & (free[:, :2] < ndtri(high))).all(axis=1)
    oracle = free[is_within]
    bounds = [np.tile(x, (len(oracle), 1)) for x in (low, high)]
    numbers = draw_within(CORRELATION, (0, 1), *bounds, rng)
    assert numbers.mean(axis=0) == pytest.approx(oracle.mean(axis=0), abs=0.03)
    assert np.cov(numbers.T) == pytest.approx(np.cov(oracle.T), abs=0.03)

"""The distance of two distributions, against numbers worked out by hand and by SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance

from gridlens.quality.distance import jensen_shannon

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**6), min_size=1)


@pytest.mark.parametrize(
    ("some", "others", "expected"),
    [
        ({"a": 3, "b": 1}, {"a": 300, "b": 100}, 0.0),
        ({"a": 1}, {"b": 5}, 1.0),
        # M = (3/4, 1/4): (log2(4/3) + (log2(2/3) + log2(2)) / 2) / 2 = 0.3113
        ({"a": 7}, {"a": 1, "b": 1}, 0.3112781**0.5),
    ],
)
def test_distance_of_known_distributions(some, others, expected):
    assert jensen_shannon(some, others) == pytest.approx(expected, abs=1e-7)


@given(COUNTS, COUNTS)
def test_distance_is_that_of_scipy_and_the_same_both_ways(some, others):
    kinds = sorted({*some, *others})
    p, q = ([counts.get(kind, 0) for kind in kinds] for counts in (some, others))
    found = jensen_shannon(some, others)
    assert found == jensen_shannon(others, some)
    assert found == pytest.approx(distance.jensenshannon(p, q, base=2), abs=1e-6)
    assert 0 <= found <= 1

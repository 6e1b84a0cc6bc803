"""The weights of the link probability: fitted from counts, written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridlens.errors import ModelError
from gridlens.matching import Weights, fit
from gridlens.matching.comparisons import LEVELS
from gridlens.matching.fitting import probability
from gridlens.matching.weights import packaged_weights

LINK = ("same", "same", "same", "same", "wall")
EARLY = ("same", "same", "same", "same", "before")
ELSEWHERE = ("same", "same", "same", "other", "before")
DECOYS = {ELSEWHERE: 600, EARLY: 30, ("same", "same", "same", "other", "wall"): 370}
PATTERNS = st.tuples(*(st.sampled_from(list(levels)) for levels in LEVELS.values()))
COUNTS = st.dictionaries(PATTERNS, st.integers(1, 10_000), min_size=1, max_size=20)
MANY = st.dictionaries(PATTERNS, st.integers(1, 100_000_000), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prior = 0.5", "lack 'task'"),
        (packaged_weights().text().replace("prior = 0.", "prior = 1."), "not between 0 and 1"),
    ],
)
def test_weights_that_cannot_be_are_refused(text, says):
    with pytest.raises(ModelError, match=says):
        Weights.parse(text)


def test_weights_are_written_as_they_are_read():
    assert Weights.parse(packaged_weights().text()) == packaged_weights()


@given(MANY, MANY)
def test_weights_are_read_as_they_were_written_however_rare_a_level_is(candidates, decoys):
    weights = fit(candidates, candidates, decoys, "test")
    read = Weights.parse(weights.text())
    assert read.text() == weights.text()
    for name, levels in LEVELS.items():
        for at in levels:
            assert read.linked[name][at] == pytest.approx(weights.linked[name][at], rel=1e-8)
            assert read.unlinked[name][at] == pytest.approx(weights.unlinked[name][at], rel=1e-8)


def test_pairs_like_the_decoys_are_no_links_and_the_others_are():
    weights = fit({LINK: 900, ELSEWHERE: 100}, {LINK: 880, ELSEWHERE: 90}, DECOYS, "test")
    assert probability(weights, LINK) > 0.99
    assert probability(weights, ELSEWHERE) < 0.01
    assert weights.prior == pytest.approx(0.9, abs=0.01)


def test_what_only_rivals_show_is_not_learnt_as_a_sign_of_a_link():
    candidates = {LINK: 98_000, EARLY: 2_000}
    assert probability(fit(candidates, candidates, DECOYS, "test"), EARLY) > 0.9
    assert probability(fit(candidates, {LINK: 94_000}, DECOYS, "test"), EARLY) < 0.1


def test_a_level_that_was_never_seen_is_rare_and_not_impossible():
    weights = fit({LINK: 10}, {LINK: 10}, {ELSEWHERE: 10}, "test")
    assert 0 < weights.linked["site"]["unknown"] < 0.05


@given(COUNTS, COUNTS, PATTERNS)
def test_a_probability_lies_between_0_and_1_whatever_was_counted(candidates, decoys, pattern):
    weights = fit(candidates, candidates, decoys, "test")
    assert 0 <= probability(weights, pattern) <= 1


@given(COUNTS, COUNTS)
def test_the_order_of_the_counts_changes_nothing_that_is_written(candidates, decoys):
    backwards = dict(reversed(candidates.items()))
    first = fit(candidates, candidates, decoys, "test")
    assert first.text() == fit(backwards, backwards, decoys, "test").text()

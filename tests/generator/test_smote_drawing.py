from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from imblearn.over_sampling import SMOTENC
from workloads import grid

from gridlens.generator.encoding import MISSING, VALUE, ZERO, Encoded, Encoding
from gridlens.generator.smote.distance import Ids, Points
from gridlens.generator.smote.drawing import between, mixed, voted
from gridlens.generator.smote.neighbours import nearest

NUMBERS = 4
STATUS = 4  # place of jobstatus among the codes


@dataclass(frozen=True)
class Drawn:
    """What imbalanced-learn drew for one class, and what it made of it."""

    neighbours: Ids
    base: Ids
    which: Ids
    share: npt.NDArray[np.float64]
    numbers: npt.NDArray[np.float64]
    hot: npt.NDArray[np.float64]


class Spied(SMOTENC):
    """Imbalanced-learn's own, which also writes down what it draws."""

    def _generate_samples(self, *given: Any) -> Any:
        _, _, nn_num, rows, cols, steps, *_ = given
        made = super()._generate_samples(*given)
        dense = made.toarray()
        self.drawn = Drawn(nn_num, rows, cols, steps[:, 0], dense[:, :NUMBERS], dense[:, NUMBERS:])
        return made


@pytest.fixture(scope="module")
def rows() -> Encoded:
    table = grid(1500)
    return Encoding.learn(table).encode(table)


@pytest.fixture(scope="module", params=["finished", "failed"])
def case(request: pytest.FixtureRequest, rows: Encoded) -> tuple[Encoded, Drawn]:
    """Rows of one class, and what the oracle draws from them."""
    which = ["finished", "failed"].index(request.param)
    status = rows.codes[:, STATUS]
    matrix = np.hstack([rows.numbers, rows.codes])
    wanted = {which: int((status == which).sum()) + 2000}
    columns = list(range(NUMBERS, matrix.shape[1]))
    oracle = Spied(columns, sampling_strategy=wanted, random_state=7)
    oracle.fit_resample(matrix, status)
    return rows.take(np.flatnonzero(status == which)), oracle.drawn


def test_neighbours_are_those_of_imbalanced_learn_but_for_ties(case: tuple[Encoded, Drawn]) -> None:
    rows, drawn = case
    ours = nearest(rows, np.zeros(len(rows), np.int64), 5, 1)
    points, ids = Points.of(rows), np.arange(len(rows))[:, None]
    away = [sum(points.squared(ids, near)) for near in (ours, drawn.neighbours)]
    assert np.allclose(*away)
    same = (np.sort(ours) == np.sort(drawn.neighbours)).all(axis=1)
    assert same.mean() > 0.98


def test_numbers_are_those_of_imbalanced_learn_given_the_same_draws(
    case: tuple[Encoded, Drawn],
) -> None:
    rows, drawn = case
    partner = drawn.neighbours[drawn.base, drawn.which]
    ours = between(rows, drawn.base, partner, drawn.share)
    assert np.allclose(ours, drawn.numbers, rtol=1e-12, atol=1e-12)


def test_categories_are_those_of_imbalanced_learn_where_one_is_most_frequent(
    rows: Encoded, case: tuple[Encoded, Drawn]
) -> None:
    members, drawn = case
    near = drawn.neighbours[drawn.base]
    columns = range(members.codes.shape[1])
    ours = voted(members.codes, near, np.zeros((*near.shape, len(columns))))
    compared, start = 0, 0
    for column in columns:
        there = np.unique(rows.codes[:, column])
        theirs = there[drawn.hot[:, start : start + len(there)].argmax(axis=1)]
        start += len(there)
        for row, ballots in enumerate(members.codes[near, column].tolist()):
            (most, votes), *others = Counter(ballots).most_common()
            if not others or others[0][1] < votes:
                assert ours[row, column] == theirs[row] == most
                compared += 1
    assert compared > 0.8 * ours.size


def test_of_categories_that_are_as_frequent_each_has_the_same_chance() -> None:
    codes = np.array([[0], [0], [1], [1], [2]], np.int32)
    ties = np.random.default_rng(1).random((4000, 5, 1))
    drawn = voted(codes, np.broadcast_to(np.arange(5), (4000, 5)), ties)
    counts = np.bincount(drawn[:, 0], minlength=3)
    assert counts[2] == 0
    assert counts[0] == pytest.approx(2000, abs=150)


def test_nothing_is_drawn_between_a_value_and_a_structural_zero() -> None:
    rows = Encoded(
        np.array([[0, VALUE, VALUE], [1, ZERO, VALUE], [2, MISSING, VALUE]], np.int32),
        np.array([[4.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
    )
    base, partner = np.array([0, 0, 1, 2]), np.array([1, 1, 0, 1])
    donor, share = np.array([0, 1, 0, 1]), np.full(4, 0.25)
    drawn = mixed(rows, base, partner, donor, share)
    assert drawn.codes.tolist() == rows.codes[donor].tolist()
    assert drawn.numbers.tolist() == [[4.0, 0.25], [0.0, 0.25], [4.0, 0.75], [0.0, 1.0]]

from __future__ import annotations

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import grid, jobs

from gridlens.generator.encoding import Encoded, Encoding
from gridlens.generator.smote.distance import Points
from gridlens.generator.smote.neighbours import ALL_PAIRS, nearest

STATUS = 4  # place of jobstatus among the codes


def rows_of(*different: dict[str, object]) -> Encoded:
    table = jobs(*different)
    return Encoding.learn(table).encode(table)


def distance(points: Points, one: int, other: int) -> float:
    """As it is written in Chawla et al. 2002, sec. 6.1, a number and a code at a time."""
    total = sum((n[one] - n[other]) ** 2 for n in points.numbers)
    total += sum(points.step**2 for code in points.codes if code[one] != code[other])
    return float(np.sqrt(total))


def test_a_row_is_never_its_own_neighbour_though_another_is_its_twin() -> None:
    found = nearest(rows_of({}, {}, {"workload_gflop": 1.0}), np.zeros(3, np.int64), 2, 1)
    assert found.tolist() == [[1, 2], [0, 2], [0, 1]]


def test_twins_may_come_last() -> None:
    rows = rows_of({}, {}, {"workload_gflop": 1.0})
    found = nearest(rows, np.zeros(3, np.int64), 2, 1, twins_last=True)
    assert found.tolist() == [[2, 1], [2, 0], [0, 1]]


def test_the_only_row_of_a_class_finds_neighbours_outside_of_it() -> None:
    rows = rows_of({"jobstatus": "failed"}, {"workload_gflop": 1.0}, {"workload_gflop": 2.0})
    found = nearest(rows, np.array([1, 0, 0]), 1, 1)
    assert found.tolist() == [[2], [2], [1]]


def test_there_are_fewer_neighbours_than_asked_for_where_there_are_fewer_rows() -> None:
    assert nearest(rows_of({}, {}), np.zeros(2, np.int64), 5, 1).tolist() == [[1], [0]]


def test_rows_that_are_all_the_same_have_neighbours_too() -> None:
    found = nearest(rows_of(*[{}] * 9), np.zeros(9, np.int64), 3, 1)
    assert all(i not in near and len(set(near)) == 3 for i, near in enumerate(found.tolist()))


@given(st.integers(2, 60), st.integers(1, 7), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_neighbours_are_the_nearest_of_all_other_rows(n: int, k: int, seed: int) -> None:
    table = grid(n, seed)
    rows = Encoding.learn(table).encode(table)
    points = Points.of(rows)
    found = nearest(rows, np.zeros(n, np.int64), k, seed)
    for one in range(n):
        away = [distance(points, one, other) for other in found[one]]
        everyone = sorted(distance(points, one, other) for other in range(n) if other != one)
        assert away == pytest.approx(everyone[:k])


@pytest.fixture(scope="module")
def many() -> Encoded:
    table = grid(6000)
    assert len(table) > ALL_PAIRS
    return Encoding.learn(table).encode(table)


def test_the_index_agrees_with_all_pairs_in_87_of_100_and_is_at_most_5_percent_farther(
    many: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_class = np.zeros(len(many), np.int64)
    fast = nearest(many, one_class, 5, 1)
    monkeypatch.setattr("gridlens.generator.smote.neighbours.ALL_PAIRS", len(many))
    slow = nearest(many, one_class, 5, 1)
    same = [len({*a} & {*b}) / 5 for a, b in zip(fast.tolist(), slow.tolist(), strict=True)]
    ids = np.arange(len(many))[:, None]
    away = [np.sqrt(sum(Points.of(many).squared(ids, near))).mean() for near in (fast, slow)]
    assert np.mean(same) >= 0.87
    assert away[0] <= 1.05 * away[1]


def test_the_number_of_threads_changes_no_neighbour(many: Encoded) -> None:
    classes = many.codes[:, STATUS].astype(np.int64)
    was = faiss.omp_get_max_threads()
    found = []
    for threads in (1, 3):
        faiss.omp_set_num_threads(threads)
        found.append(nearest(many, classes, 5, 1))
    faiss.omp_set_num_threads(was)
    assert np.array_equal(*found)

"""How much drawn rows give away of the training rows.

No number here is a guarantee: attacks that know more find more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from sklearn.metrics import roc_auc_score

from gridlens.generator.judgement.lens import Lens, Tables
from gridlens.generator.judgement.neighbours import Points, nearest
from gridlens.generator.judgement.score import Score, score

QUERIES = 10_000
COPY = 1e-3  # deviations


def privacy(tables: Tables, lens: Lens, seed: int) -> Iterator[Score]:
    """Distances between drawn, training and holdout rows.

    At most 10,000 rows ask, drawn at random; all rows answer, since a copy hides nowhere else.
    Where a time is seen as its time of day, so is it here.
    """
    drawn, train, holdout = _shuffled(tables, lens, seed)
    yield from _closest_records(drawn[:QUERIES], train, holdout)
    yield score("membership_auc", _membership(drawn, train[:QUERIES], holdout[:QUERIES]))


def membership_floor(tables: Tables, lens: Lens, size: int, seed: int) -> float:
    """The attack's AUC on jobs that nothing was learned from, but whose tasks are known.

    One half of the training rows stands for what is drawn, the other half for the members. Holdout
    rows are of other tasks, on a grid that changes of other kinds too: they are told from rows of
    known tasks even where no single row was kept. NaN below two training rows.

    Args:
        tables: their drawn rows are not looked at.
        lens: over these tables.
        size: at most so many rows stand for drawn ones.
        seed: of the halves.
    """
    _, train, holdout = _shuffled(tables, lens, seed)
    half = len(train) // 2
    if not half:
        return math.nan
    return _membership(train[:half][:size], train[half:][:QUERIES], holdout[:QUERIES])


def _shuffled(tables: Tables, lens: Lens, seed: int) -> tuple[Points, ...]:
    rng = np.random.default_rng(seed)
    given = (tables.drawn, tables.train, tables.holdout)
    return tuple(lens.points(table, seed)[rng.permutation(len(table))] for table in given)


def _closest_records(drawn: Points, train: Points, holdout: Points) -> Iterator[Score]:
    """Drawn rows by their distance to training rows and to as many holdout rows.

    A row as near to both counts half.
    """
    size = min(len(train), len(holdout))
    to_train, to_rest = (nearest(part, drawn)[0] for part in (train[:size], train[size:]))
    to_holdout = nearest(holdout[:size], drawn)[0]
    nearer = float(np.mean(to_train < to_holdout) + np.mean(to_train == to_holdout) / 2)
    yield score("nearer_to_training", nearer)
    yield score("copies", float(np.mean(np.minimum(to_train, to_rest) < COPY)))


def _membership(drawn: Points, members: Points, strangers: Points) -> float:
    """AUC of the simplest attack: who is near to a drawn row was learned from."""
    distances = np.concatenate([nearest(drawn, rows)[0] for rows in (members, strangers)])
    was_member = np.repeat([1, 0], [len(members), len(strangers)])
    return float(roc_auc_score(was_member, -distances))

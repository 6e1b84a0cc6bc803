"""Can a classifier tell drawn rows from real ones?"""

from __future__ import annotations

import math

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from gridlens.generator.judgement.boosted import boosted
from gridlens.generator.judgement.lens import Codes, Lens, Tables, thinned
from gridlens.generator.judgement.neighbours import nearest

MOST_ROWS = 25_000  # of each side
FOLDS = 3
_FEWEST = 2 * FOLDS


def two_sample_auc(tables: Tables, lens: Lens, seed: int) -> float:
    """Area under the ROC curve of drawn against holdout rows, on folds not learned from.

    Below 0.5, where the folds mislead the trees, it counts as far above: rows are told apart.

    As many rows of both, at most 25,000 of each, drawn at random; NaN below 6 rows or three tasks
    of either. Gradient-boosted trees see all variables, a time as its hour of the day. 0.5: they
    are not told apart.

    A task is in one fold only. Holdout rows are of other tasks than training rows: who has seen
    some jobs of a task knows the rest by their sizes, and would tell even real rows apart.
    """
    size = min(len(tables.drawn), len(tables.holdout), MOST_ROWS)
    rng = np.random.default_rng(seed)
    drawn, real = (thinned(len(t), size, rng) for t in (tables.drawn, tables.holdout))
    tasks = _tasks(tables, lens, seed, drawn, real)
    if size < _FEWEST or min(len(np.unique(side)) for side in tasks) < FOLDS:
        return math.nan
    sides = (tables.drawn.take(drawn), tables.holdout.take(real))
    features = np.concatenate([lens.features(side) for side in sides])
    is_drawn = np.repeat([1, 0], size)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    model = boosted(HistGradientBoostingClassifier, lens, seed)
    said = cross_val_predict(
        model, features, is_drawn, groups=np.concatenate(tasks), cv=folds, method="predict_proba"
    )
    auc = float(roc_auc_score(is_drawn, said[:, 1]))
    return max(auc, 1 - auc)


def _tasks(tables: Tables, lens: Lens, seed: int, drawn: Codes, real: Codes) -> tuple[Codes, Codes]:
    """Tasks of both sides' rows; drawn rows without one have that of the nearest training row.

    Where real rows have no tasks each row stands for itself.
    """
    of_drawn, of_train, of_holdout = tables.tasks
    if of_train is None or of_holdout is None:
        return np.arange(len(drawn)), np.arange(len(drawn), len(drawn) + len(real))
    if of_drawn is not None:
        return of_drawn[drawn], of_holdout[real]
    train = thinned(len(of_train), 2 * MOST_ROWS, np.random.default_rng(seed))
    among = lens.points(tables.train.take(train), seed)
    _, found = nearest(among, lens.points(tables.drawn.take(drawn), seed))
    return of_train[train[found]], of_holdout[real]

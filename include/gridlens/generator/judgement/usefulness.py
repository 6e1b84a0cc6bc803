"""Does what is learned from drawn rows hold of real ones?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import f1_score, r2_score

from gridlens.generator.judgement.boosted import boosted
from gridlens.generator.judgement.lens import Codes, Lens, Numbers, Tables, thinned
from gridlens.generator.judgement.score import Score, score

MOST_ROWS = 50_000
FEWEST_ROWS = 20  # to learn an amount from, or to test it on


def usefulness(tables: Tables, lens: Lens, seed: int) -> Iterator[Score]:
    """Train on drawn rows, test on holdout rows; then the same with as many training rows.

    At most 50,000 rows of each table, drawn at random.
    """
    rng = np.random.default_rng(seed)
    test = _part(tables.holdout, MOST_ROWS, rng)
    drawn = _part(tables.drawn, MOST_ROWS, rng)
    train = _part(tables.train, len(drawn), rng)
    for metric, measure in (("status_f1", status_f1), ("workload_r2", workload_r2)):
        ours, real = (measure(rows, test, lens, seed) for rows in (drawn, train))
        yield score(metric, ours)
        yield score(f"{metric}_loss", real - ours)


def status_f1(learned: pa.Table, test: pa.Table, lens: Lens, seed: int) -> float:
    """Macro F1 of ``jobstatus`` on test rows, told from all other variables."""
    names = list(lens.values)
    at = names.index("jobstatus")
    told, truth = (lens.codes(table)[:, at] for table in (learned, test))
    if len(np.unique(told)) < 2:
        said: Codes = np.full(len(truth), told[0])
    else:
        model = boosted(HistGradientBoostingClassifier, lens, seed, without="jobstatus")
        model.fit(_others(learned, lens, at), told)
        said = model.predict(_others(test, lens, at))
    return float(f1_score(truth, said, average="macro", labels=np.unique(truth), zero_division=0))


def workload_r2(learned: pa.Table, test: pa.Table, lens: Lens, seed: int) -> float:
    """R2 of the log of workloads above 0 on test rows, told from all other variables.

    0, what a constant guess scores, where either side has fewer than 20 such rows.
    """
    at = [*lens.values, *(v.name for v in lens.measured)].index("workload_gflop")
    told, truth = (_with_workload(lens.features(table), at) for table in (learned, test))
    if min(len(told), len(truth)) < FEWEST_ROWS:
        return 0.0
    model = boosted(HistGradientBoostingRegressor, lens, seed)
    model.fit(np.delete(told, at, axis=1), told[:, at])
    return float(r2_score(truth[:, at], model.predict(np.delete(truth, at, axis=1))))


def _with_workload(features: Numbers, at: int) -> Numbers:
    return features[features[:, at] > 0]


def _others(table: pa.Table, lens: Lens, at: int) -> Numbers:
    return np.delete(lens.features(table), at, axis=1)


def _part(table: pa.Table, most: int, rng: np.random.Generator) -> pa.Table:
    return table.take(thinned(len(table), most, rng))

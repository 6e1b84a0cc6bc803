"""Has the workload become another one than a model learned?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gridlens.errors import InputError
from gridlens.generator.judgement.fidelity import each_variable
from gridlens.generator.judgement.gate import thresholds
from gridlens.generator.judgement.lens import Tables, thinned
from gridlens.generator.judgement.score import value_of
from gridlens.generator.judgement.time import halves

MOST_ROWS = 100_000


@dataclass(frozen=True)
class Drift:
    """How far one variable has moved, and how far it may.

    Attributes:
        variable: its name.
        metric: distance that was taken.
        value: of the present rows from those that were learned.
        usual: of the second half of the learned days from the first.
        limit: the value above which it has drifted.
        because: what a drift of it means.
    """

    variable: str
    metric: str
    value: float
    usual: float
    limit: float
    because: str

    @property
    def excess(self) -> float:
        """Value over limit: above 1 it has drifted."""
        return self.value / self.limit

    def says(self) -> str:
        """A sentence with all numbers."""
        side = "above" if self.excess > 1 else "within"
        return (
            f"{self.variable}: {self.metric} is {self.value:.4g}, {side} {self.limit:.4g} (halves "
            f"of the training days are {self.usual:.4g} apart): {self.because}"
        )


def drifts(now: pa.Table, learned: pa.Table, seed: int) -> tuple[Drift, ...]:
    """Each variable's distances, the furthest beyond its limit first.

    Limits are relative to what the two halves of the learned days differ by: a grid's mix is never
    the same twice. At most 100,000 rows of each table are looked at, drawn at random.

    Args:
        now: a workload of the last days.
        learned: the workload that a model learned from.
        seed: of what is looked at.

    Raises:
        InputError: a table is no workload, has no rows, or lacks a variable of the learned rows.
    """
    if not len(now) or not len(learned):
        which = (
            "rows of the last days to compare" if len(learned) else "learned rows to compare with"
        )
        raise InputError(f"there are no {which}: choose a window with jobs")
    rng = np.random.default_rng(seed)
    now, learned = (t.take(thinned(len(t), MOST_ROWS, rng)) for t in (now, learned))
    usual = _distances(*reversed(halves(learned)))
    found = [
        _drift(key, value, usual.get(key, 0.0)) for key, value in _distances(now, learned).items()
    ]
    return tuple(sorted(found, key=lambda drift: -drift.excess))


def _distances(now: pa.Table, learned: pa.Table) -> Mapping[tuple[str, str], float]:
    """Value by variable and metric; nothing where the learned rows have no second half."""
    if not len(now) or not len(learned):
        return {}
    scores = tuple(each_variable(Tables.alike(now, learned, learned)))
    told = [(s.variable, s.metric) for s in scores if s.metric in thresholds()["drift"]]
    return {(variable, metric): value_of(scores, metric, variable) for variable, metric in told}


def _drift(key: tuple[str, str], value: float, usual: float) -> Drift:
    variable, metric = key
    bounds = thresholds()["drift"][metric]
    limit = max(bounds["most"], bounds["halves_times"] * usual)
    return Drift(variable, metric, value, usual, limit, bounds["because"])

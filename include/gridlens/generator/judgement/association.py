"""How strongly variables hang together, two by two."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from gridlens.generator.judgement.lens import Codes, Lens, Numbers


def associations(table: pa.Table, lens: Lens) -> Numbers:
    """All pairs of different variables, one number a pair.

    Two numbers: Pearson's correlation of their log1p values; a category and a number: the
    correlation ratio; two categories: Theil's U, both ways. A missing number counts as the mean;
    a variable that is constant hangs together with none.
    """
    codes, numbers = lens.codes(table), _centred(lens.numbers(table))
    named, measured = range(codes.shape[1]), range(numbers.shape[1])
    found = [_pearson(numbers[:, i], numbers[:, j]) for i in measured for j in measured if i < j]
    found += [correlation_ratio(codes[:, i], numbers[:, j]) for i in named for j in measured]
    for i in named:
        found += [theils_u(codes[:, i], codes[:, j]) for j in named if i != j]
    return np.array(found)


def _centred(numbers: Numbers) -> Numbers:
    known = ~np.isnan(numbers)
    counts = np.maximum(known.sum(axis=0), 1)
    return np.where(known, numbers - np.nansum(numbers, axis=0) / counts, 0.0)


def _pearson(one: Numbers, other: Numbers) -> float:
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > _NOISE * len(one) else 0.0


def correlation_ratio(codes: Codes, centred: Numbers) -> float:
    """How much of a number's deviation its category tells, 0 to 1 (Pearson's eta)."""
    total = float(centred @ centred)
    if total <= _NOISE * len(centred):
        return 0.0
    sums, counts = np.bincount(codes, centred), np.bincount(codes)
    between = float(np.sum(sums**2 / np.maximum(counts, 1)))
    return float(np.sqrt(min(between / total, 1.0)))


def theils_u(codes: Codes, given: Codes) -> float:
    """Share of a category's entropy that another one takes away, 0 to 1."""
    whole = float(entropy(np.bincount(codes)))
    return float(mutual_info_score(codes, given)) / whole if whole > _NOISE else 0.0


_NOISE = 1e-12  # what rounding leaves of a variance that is 0

"""Correlated normal numbers, some of them within intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from gridlens.generator.encoding import Numbers

_SWEEPS = 30
_EDGE = 1e-15  # a probability of 0 or 1 has no finite normal number


def times(rows: Numbers, weights: npt.NDArray[np.floating[Any]]) -> Numbers:
    """``rows @ weights.T``, in an order of sums that no number of threads changes."""
    product: Numbers = np.einsum("nk,jk->nj", rows, weights)
    return product


def draw(correlation: Numbers, n: int, rng: np.random.Generator) -> Numbers:
    """That many rows of normal numbers with this correlation.

    Args:
        correlation: positive definite.
        n: number of rows.
        rng: one number is taken for each.
    """
    return times(rng.standard_normal((n, len(correlation))), np.linalg.cholesky(correlation))


def draw_within(
    correlation: Numbers,
    columns: tuple[int, ...],
    low: Numbers,
    high: Numbers,
    rng: np.random.Generator,
) -> Numbers:
    """Rows of normal numbers, of which some columns are within given probabilities.

    The bounded columns are drawn in turns, each given the others (Gibbs' sampler; Geweke 1991);
    the others then exactly, given these.

    Args:
        correlation: positive definite.
        columns: that are bounded.
        low: rows x bounded columns: probability below the interval.
        high: probability below its end.
        rng: of all random numbers.
    """
    free = [i for i in range(len(correlation)) if i not in columns]
    inner = correlation[np.ix_(columns, columns)]
    bounded = _gibbs(inner, ndtri(low), ndtri(high), rng)
    weights = np.linalg.solve(inner, correlation[np.ix_(columns, free)]).T
    rest = correlation[np.ix_(free, free)] - weights @ correlation[np.ix_(columns, free)]
    numbers = np.empty((len(low), len(correlation)))
    numbers[:, columns] = bounded
    numbers[:, free] = times(bounded, weights) + draw(rest, len(low), rng)
    return numbers


def _gibbs(correlation: Numbers, low: Numbers, high: Numbers, rng: np.random.Generator) -> Numbers:
    precision = np.linalg.inv(correlation)
    weights = np.eye(len(correlation)) - precision / np.diag(precision)[:, None]
    deviations = np.diag(precision) ** -0.5
    numbers: Numbers = ndtri((ndtr(low) + ndtr(high)) / 2)
    for _ in range(_SWEEPS if len(correlation) > 1 else 1):
        for i, deviation in enumerate(deviations):
            mean = times(numbers, weights[i : i + 1])[:, 0]
            a, b = (ndtr((bound[:, i] - mean) / deviation) for bound in (low, high))
            place = np.clip(a + rng.random(len(mean)) * (b - a), _EDGE, 1 - _EDGE)
            numbers[:, i] = np.clip(mean + deviation * ndtri(place), low[:, i], high[:, i])
    return numbers

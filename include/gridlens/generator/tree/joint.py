"""Every combination of categories that the trees can draw, with its probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gridlens.generator.tree.donors import Drawn
from gridlens.generator.tree.step import Step


def joint(
    steps: Sequence[Step], allowed: Sequence[npt.NDArray[np.bool_]]
) -> tuple[list[Drawn], npt.NDArray[np.float64]]:
    """All ways through the steps of categories, by the codes that are allowed.

    Args:
        steps: of categories only, from the first.
        allowed: for each step, for each of its codes.

    Returns:
        values: of each step, combinations long.
        weights: probability of each combination; below 1 in all where codes are not allowed.
    """
    values: list[Drawn] = []
    weights = np.ones(1)
    for step, may_be in zip(steps, allowed, strict=True):
        leaf = step.leaf(values, len(weights))
        starts, codes, shares = step.donors.shares()
        sizes = starts[leaf + 1] - starts[leaf]
        way = np.repeat(np.arange(len(leaf)), sizes)
        at = starts[leaf][way] + np.arange(len(way)) - (np.cumsum(sizes) - sizes)[way]
        is_allowed = may_be[codes[at]]
        way, at = way[is_allowed], at[is_allowed]
        values = [Drawn(former.codes[way]) for former in values] + [Drawn(codes[at])]
        weights = weights[way] * shares[at]
    return values, weights

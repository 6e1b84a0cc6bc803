"""How far two distributions lie apart."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2, sqrt


def jensen_shannon(some: Mapping[str, int], others: Mapping[str, int]) -> float:
    """The Jensen-Shannon distance of two distributions, given as counts by kind.

    The square root of the divergence ``H((P + Q) / 2) - (H(P) + H(Q)) / 2`` with Shannon's
    entropy ``H`` in bits: 0 where both are the same, 1 where they have no kind in common. The
    divergence with equal weights is Lin's (IEEE Trans. Inf. Theory 37, 1991, sec. IV); that its
    root is a metric, Endres and Schindelin's (IEEE Trans. Inf. Theory 49, 2003).

    Args:
        some: counts of one, at least one of them above 0.
        others: counts of the other, likewise.
    """
    p, q = _shares(some), _shares(others)
    both = sorted({*p, *q})
    middle = {kind: (p.get(kind, 0.0) + q.get(kind, 0.0)) / 2 for kind in both}
    divergence = (_excess(p, middle) + _excess(q, middle)) / 2
    return sqrt(min(max(divergence, 0.0), 1.0))


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {kind: counts[kind] / total for kind in sorted(counts) if counts[kind]}


def _excess(shares: Mapping[str, float], middle: Mapping[str, float]) -> float:
    """Kullback-Leibler divergence from the middle, in bits."""
    return sum(share * log2(share / middle[kind]) for kind, share in shares.items())

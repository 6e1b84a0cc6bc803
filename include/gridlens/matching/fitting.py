"""The weights of the link probability from counts of agreement patterns, by EM. No I/O.

Shares of pairs that are no links are counted on decoys, which are certainly none: the transfers
of candidate pairs with another job of the same task and day. Shares of links follow by expectation
and maximisation from pairs without a rival: neither has the job another candidate for the file,
nor the transfer another job. How many of all candidates are links is then told with both fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gridlens.matching.comparisons import LEVELS
from gridlens.matching.weights import Shares, Weights

# Levels of all comparisons, in the order of LEVELS, and how many pairs have them.
Counts = Mapping[tuple[str, ...], float]
# Added to every level, so that what was never seen is rare and not impossible.
_UNSEEN = 0.5
_ROUNDS = 50


def fit(candidates: Counts, unrivalled: Counts, decoys: Counts, fitted_on: str) -> Weights:
    """Weights that explain the candidates as a mixture of links and pairs like the decoys.

    Args:
        candidates: all candidate pairs.
        unrivalled: those of them without a rival.
        decoys: pairs that are no links.
        fitted_on: kept with the weights.
    """
    unlinked, linked = _shares(decoys), _shares(unrivalled)
    weights = Weights(0.5, linked, unlinked, fitted_on)
    for _ in range(_ROUNDS):
        links = _links(weights, unrivalled)
        weights = replace(weights, prior=_prior(links, unrivalled), linked=_shares(links))
    for _ in range(_ROUNDS):
        weights = replace(weights, prior=_prior(_links(weights, candidates), candidates))
    return weights


def _links(weights: Weights, counts: Counts) -> Counts:
    return {pattern: n * probability(weights, pattern) for pattern, n in counts.items()}


def _prior(links: Counts, counts: Counts) -> float:
    return (sum(links.values()) + _UNSEEN) / (sum(counts.values()) + 2 * _UNSEEN)


def probability(weights: Weights, pattern: tuple[str, ...]) -> float:
    """Probability that a pair with these levels is a link."""
    odds = weights.prior / (1 - weights.prior)
    for name, at in zip(LEVELS, pattern, strict=True):
        odds *= weights.linked[name][at] / weights.unlinked[name][at]
    return odds / (1 + odds)


def _shares(counts: Counts) -> Shares:
    total = sum(counts.values())
    shares: dict[str, dict[str, float]] = {}
    for position, (name, levels) in enumerate(LEVELS.items()):
        seen = dict.fromkeys(levels, _UNSEEN)
        for pattern, n in counts.items():
            seen[pattern[position]] += n
        shares[name] = {at: n / (total + _UNSEEN * len(levels)) for at, n in seen.items()}
    return shares

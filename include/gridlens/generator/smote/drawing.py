"""A new row of a base row and its neighbours, given all random draws."""

from __future__ import annotations

import numpy as np

from gridlens.generator.encoding import VALUE, Codes, Encoded, Numbers
from gridlens.generator.smote.distance import Ids, Neighbours


def between(rows: Encoded, base: Ids, partner: Ids, share: Numbers) -> Numbers:
    """Numbers on the way from a base to a partner (Chawla et al. 2002, sec. 4.2).

    Args:
        rows: training rows.
        base: n row ids.
        partner: n row ids.
        share: n shares of the way: 0 is at the base, 1 at the partner.
    """
    start = rows.numbers[base]
    return start + share[:, None] * (rows.numbers[partner] - start)


def voted(codes: Codes, near: Neighbours, ties: Numbers) -> Codes:
    """Of each column the most frequent code among the neighbours (Chawla et al. 2002, sec. 6.1).

    Args:
        codes: of the training rows.
        near: n x k row ids: the base's neighbours, without the base.
        ties: n x k x columns, each in [0, 1): among codes that are as frequent the neighbour with
            the largest wins; their neighbours are as many, and so are their chances.
    """
    ballots = codes[near]
    votes = (ballots[:, :, None] == ballots[:, None]).sum(axis=2)
    winner = (votes + ties).argmax(axis=1)[:, None]
    return np.take_along_axis(ballots, winner, axis=1)[:, 0]


def mixed(rows: Encoded, base: Ids, partner: Ids, donor: Ids, share: Numbers) -> Encoded:
    """Rows with all codes of a donor, and numbers between base and partner.

    Where base or partner has no value, the number is the donor's own: nothing lies between a
    value and a structural zero.

    Args:
        rows: training rows.
        base: n row ids.
        partner: n row ids.
        donor: n row ids, each the base or the partner.
        share: n shares of the way from base to partner.
    """
    states = rows.codes[:, -rows.numbers.shape[1] :]
    valued = (states[base] == VALUE) & (states[partner] == VALUE)
    numbers = np.where(valued, between(rows, base, partner, share), rows.numbers[donor])
    return Encoded(rows.codes[donor], numbers)

"""The training rows' values of one variable, kept by leaf, and how a new value is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridlens.generator.encoding import VALUE, Codes, Numbers

Nodes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Drawn:
    """One step's values, of training rows or of drawn ones.

    Attributes:
        codes: of each row: a category's code, or a number's state.
        numbers: of each row, scaled; None for a category.
    """

    codes: Codes
    numbers: Numbers | None = None


@dataclass(frozen=True)
class Donors:
    """Values of one variable; within a leaf sorted, so that no order ties them to a row.

    Attributes:
        starts: for each node where its donors begin, and the end of the last; only leaves have any.
        codes: for each donor the category's code, or the number's state.
        numbers: for each donor its scaled value; None for a category.
        is_rare: the donor's value is one that few training rows have; None for a category.
    """

    starts: npt.NDArray[np.int64]
    codes: Codes
    numbers: Numbers | None
    is_rare: npt.NDArray[np.bool_] | None

    @classmethod
    def collect(cls, leaf: Nodes, nodes: int, values: Drawn, few: int) -> Donors:
        """Put every training row's value into the leaf where the row ended.

        Args:
            leaf: of each row.
            nodes: of the tree.
            values: of each row.
            few: a number that fewer rows have is moved when it is drawn; 0: none is.
        """
        starts = np.concatenate([[0], np.cumsum(np.bincount(leaf, minlength=nodes))])
        if values.numbers is None:
            return cls(starts, values.codes[np.lexsort((values.codes, leaf))], None, None)
        order = np.lexsort((values.numbers, values.codes, leaf))
        codes, numbers = values.codes[order], values.numbers[order]
        _, value, count = np.unique(numbers, return_inverse=True, return_counts=True)
        return cls(starts, codes, numbers, (count[value] < few) & (codes == VALUE))

    def draw(self, leaf: Nodes, rng: np.random.Generator) -> Drawn:
        """One donor of each row's leaf; a rare number moves up to half way to the next rare one.

        Moving keeps the leaf's mean: what goes up from one donor comes down from its neighbour.
        """
        first, end = self.starts[leaf], self.starts[leaf + 1]
        place = rng.random(len(leaf)) * (end - first)
        donor = np.minimum(first + place.astype(np.int64), end - 1)
        if self.numbers is None or self.is_rare is None:
            return Drawn(self.codes[donor])
        offset = place - (donor - first) - 0.5
        other = np.clip(donor + np.sign(offset).astype(np.int64), first, end - 1)
        move = np.where(self.is_rare[donor] & self.is_rare[other], np.abs(offset), 0.0)
        numbers = self.numbers[donor]
        return Drawn(self.codes[donor], numbers + move * (self.numbers[other] - numbers))

    def shares(self) -> tuple[npt.NDArray[np.int64], Codes, Numbers]:
        """For each leaf the codes that it has, and each one's share of its donors.

        Returns:
            starts: for each node where its codes begin, and the end of the last.
            codes: distinct within a node.
            shares: they add up to 1 within a leaf.
        """
        sizes = np.diff(self.starts)
        node = np.repeat(np.arange(len(sizes)), sizes)
        is_new = np.ones(len(node), bool)
        is_new[1:] = (node[1:] != node[:-1]) | (self.codes[1:] != self.codes[:-1])
        begins = np.flatnonzero(is_new)
        counts = np.diff(np.append(begins, len(node)))
        starts = np.concatenate([[0], np.cumsum(np.bincount(node[begins], minlength=len(sizes)))])
        return starts, self.codes[begins], counts / sizes[node[begins]]

"""One step of the sequence: what is drawn together, given all that was drawn before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridlens.generator.encoding import MISSING, ZERO, Numbers
from gridlens.generator.normal import times
from gridlens.generator.tree.branches import Branches, Features
from gridlens.generator.tree.donors import Donors, Drawn, Nodes

Places = npt.NDArray[np.float32]
_AXES = 3  # features of a category: the directions in which its values' targets differ most
_WIDTH = 8  # columns that stand for the classes of a target that has more of them
_BESIDE = {ZERO: -1e4, MISSING: -2e4}  # where a number's states stand: far from all scaled values


@dataclass(frozen=True)
class Step:
    """A tree whose leaves hold donors.

    Attributes:
        branches: the tree; its features are the former steps', in their order.
        donors: the values in its leaves.
        places: for each former step codes x axes: where each category stands, nearest to those
            that go with like targets; a number stands for itself, and has no row here.
    """

    branches: Branches
    donors: Donors
    places: tuple[Places, ...]

    @classmethod
    def fit(
        cls, before: Sequence[Drawn], target: Drawn, *, leaf: int, seed: int, is_moved: bool
    ) -> Step:
        """Grow the tree on the training rows' values, and put these into its leaves.

        Args:
            before: what the tree may ask for.
            target: what it tells.
            leaf: fewest training rows in a leaf.
            seed: of the projection of many classes, and between splits that are equally good.
            is_moved: numbers that fewer than ``leaf`` training rows have are moved when drawn.
        """
        columns = _columns(target, np.random.default_rng(seed))
        places = tuple(_places(former, columns, leaf) for former in before)
        features = _features(before, places, len(target.codes))
        branches = Branches.grow(features, columns, leaf, seed)
        few = leaf if is_moved else 0
        donors = Donors.collect(branches.leaf(features), len(branches), target, few)
        return cls(branches, donors, places)

    def leaf(self, before: Sequence[Drawn], n: int) -> Nodes:
        """The leaf in which each of the n rows ends."""
        return self.branches.leaf(_features(before, self.places, n))

    def draw(self, before: Sequence[Drawn], n: int, rng: np.random.Generator) -> Drawn:
        """A value for each of the n rows, given those before."""
        return self.donors.draw(self.leaf(before, n), rng)


def _columns(target: Drawn, rng: np.random.Generator) -> Numbers:
    """The target as numbers whose least squares are Gini's criterion, or nearly so.

    Many classes become few columns by a random projection, which keeps distances on average
    (Johnson and Lindenstrauss 1984): the cost of a split does not grow with the classes.
    """
    classes = int(target.codes.max()) + 1
    is_wide = target.numbers is None and classes > _WIDTH
    codes = rng.normal(0, _WIDTH**-0.5, (classes, _WIDTH)) if is_wide else np.eye(classes)
    columns = codes[target.codes]
    return columns if target.numbers is None else np.column_stack([target.numbers, columns[:, 1:]])


def _places(former: Drawn, columns: Numbers, weight: int) -> Places:
    """Where each category stands: the mean of its targets, on the axes of largest spread.

    The mean is drawn towards that of all rows as if ``weight`` more rows had it, so that rare
    categories stand in the middle.
    """
    if former.numbers is not None:
        return np.empty((0, 1), np.float32)
    counts = np.bincount(former.codes)
    centred = columns - columns.mean(axis=0)
    sums = [np.bincount(former.codes, column) for column in centred.T]
    means = np.stack(sums, axis=1) / (counts + weight)[:, None]
    spread = times(means.T * counts, means.T)
    axes = np.linalg.eigh(spread).eigenvectors[:, ::-1][:, :_AXES]
    return times(means, axes.T).astype(np.float32)


def _features(before: Sequence[Drawn], places: Sequence[Places], n: int) -> Features:
    columns = [np.empty((n, 0), np.float32)]
    for former, place in zip(before, places, strict=True):
        columns.append(_standing(former) if former.numbers is not None else place[former.codes])
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _standing(number: Drawn) -> Features:
    beside = np.array([0.0, _BESIDE[ZERO], _BESIDE[MISSING]])[number.codes]
    standing: Features = (beside + number.numbers)[:, None].astype(np.float32)
    return standing

"""A regression tree as plain arrays: grown by scikit-learn, walked without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Branches:
    """The nodes of a binary tree; node 0 is the root.

    Attributes:
        feature: for each node the feature that it asks for; -1 in a leaf.
        threshold: rows whose feature is at most this go left.
        left: child of each node.
        right: child of each node.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]

    @classmethod
    def stump(cls) -> Branches:
        """A tree of one leaf."""
        none = np.full(1, -1, np.int32)
        return cls(none, np.zeros(1), none, none)

    @classmethod
    def grow(
        cls, features: Features, target: npt.NDArray[np.float64], leaf: int, seed: int
    ) -> Branches:
        """Split the rows so that the targets within a leaf are alike (least squares).

        Args:
            features: rows x features.
            target: rows x columns; an indicator column a class makes this Gini's criterion.
            leaf: fewest rows of a leaf.
            seed: settles between splits that are equally good.
        """
        if not features.shape[1] or (target == target[0]).all():
            return cls.stump()
        from sklearn.tree import DecisionTreeRegressor  # drawing does without it

        grown = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=seed)
        tree = grown.fit(features, target).tree_
        is_leaf = tree.children_left < 0
        return cls(
            np.where(is_leaf, -1, tree.feature).astype(np.int32),
            np.where(is_leaf, 0.0, tree.threshold),
            tree.children_left.astype(np.int32),
            tree.children_right.astype(np.int32),
        )

    def __len__(self) -> int:
        return len(self.feature)

    def leaf(self, features: Features) -> npt.NDArray[np.int32]:
        """The leaf, as a node, in which each row ends; rows walk side by side."""
        node = np.zeros(len(features), np.int32)
        rows = np.arange(len(features) if self.feature[0] >= 0 else 0)
        while len(rows):
            at = node[rows]
            is_left = features[rows, self.feature[at]] <= self.threshold[at]
            at = np.where(is_left, self.left[at], self.right[at])
            node[rows] = at
            rows = rows[self.feature[at] >= 0]
        return node

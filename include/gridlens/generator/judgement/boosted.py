"""The trees that all learning judges use."""

from __future__ import annotations

from typing import Any

import numpy as np

from gridlens.generator.judgement.lens import Lens


def boosted(kind: type, lens: Lens, seed: int, without: str = "") -> Any:
    """Gradient-boosted trees of scikit-learn over a lens's features.

    Args:
        kind: ``HistGradientBoostingClassifier`` or ``...Regressor``.
        lens: says which columns are categories: the first ones.
        seed: of all random numbers.
        without: the category that is to be told, and so is no feature.
    """
    categories = np.arange(len([name for name in lens.values if name != without]))
    return kind(
        max_iter=60,
        learning_rate=0.15,
        early_stopping=False,  # it would need two rows of every class
        categorical_features=categories,
        random_state=seed,
    )

"""The nearest of many rows."""

from __future__ import annotations

from typing import TypeAlias

import faiss
import numpy as np
import numpy.typing as npt

from gridlens.generator.judgement.lens import Codes, Numbers

Points: TypeAlias = npt.NDArray[np.float32]
_CANDIDATES = 4


def nearest(among: Points, queries: Points) -> tuple[Numbers, Codes]:
    """For each query the distance to the nearest row among these, and which one that is.

    faiss finds candidates by expanded squares, which lose small distances; they are measured
    again, so that equal rows are exactly 0 apart. Without any rows to look among the distance is
    infinite.
    """
    if not len(among):
        return np.full(len(queries), np.inf), np.zeros(len(queries), np.int64)
    index = faiss.IndexFlatL2(among.shape[1])
    index.add(np.ascontiguousarray(among))
    _, found = index.search(np.ascontiguousarray(queries), min(_CANDIDATES, len(among)))
    apart = np.linalg.norm(among[found].astype(np.float64) - queries[:, None, :], axis=2)
    best = apart.argmin(axis=1)[:, None]
    return (
        np.take_along_axis(apart, best, axis=1)[:, 0],
        np.take_along_axis(found, best, axis=1)[:, 0],
    )

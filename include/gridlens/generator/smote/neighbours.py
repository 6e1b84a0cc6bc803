"""The nearest rows of each row: all pairs among few rows, an index and exact distances among many.

The same bytes come out whatever the number of threads is: rows are searched in blocks of a fixed
size, and a block is the work of one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from gridlens.generator.encoding import Encoded, Numbers
from gridlens.generator.smote.distance import Ids, Neighbours, Points

ALL_PAIRS = 4096  # rows up to which every pair is measured
OFFERED = 8  # rows that the index offers for each that is kept
PROBES = 12  # cells of the index that are looked into
_DIMENSIONS = 24  # of a code's random direction
_BLOCK = 8192
_PAIRS = 2_000_000  # distances in memory at once
_FAR = 1e12  # squared, and more than any two rows are apart


def nearest(
    rows: Encoded, classes: Ids, k: int, seed: int, *, twins_last: bool = False
) -> Neighbours:
    """For each row the ids of its k nearest other rows, nearest first.

    Neighbours are of the row's own class. A class of k rows or fewer has too few: its rows look
    among all, so that they are not drawn as copies of themselves.

    Args:
        rows: two or more.
        classes: of each row its class, numbered from 0.
        k: number of neighbours; less where there are not so many other rows.
        seed: of the index.
        twins_last: rows with the same numbers come after all others, however near: between these
            there is nothing new.

    Returns:
        rows x k ids.
    """
    k = min(k, len(rows) - 1)
    found = np.empty((len(rows), k), np.int32)
    sizes = np.bincount(classes)
    for which in np.flatnonzero(sizes > k):
        members = np.flatnonzero(classes == which)
        points = Points.of(rows.take(members))
        found[members] = members[Search(points, k, twins_last).of_all(seed)]
    lone = np.flatnonzero(sizes[classes] <= k)
    if len(lone):
        found[lone] = Search(Points.of(rows), k, twins_last).exact(lone)
    return found


@dataclass(frozen=True)
class Search:
    """A search for the k nearest other points among these; see ``nearest``."""

    points: Points
    k: int
    twins_last: bool = False

    def of_all(self, seed: int) -> Neighbours:
        """For all points: exactly among few, with an index among many."""
        ids = np.arange(len(self.points))
        return self.exact(ids) if len(ids) <= ALL_PAIRS else self._indexed(ids, seed)

    def exact(self, ones: Ids) -> Neighbours:
        """For some points: every pair is measured."""
        everyone = np.arange(len(self.points))[None, :]
        blocks = _blocks(ones, max(1, _PAIRS // len(self.points)))
        return np.concatenate([self._kept(block, everyone) for block in blocks])

    def _indexed(self, ids: Ids, seed: int) -> Neighbours:
        with ThreadPoolExecutor(faiss.omp_get_max_threads(), initializer=_one_thread) as pool:
            vectors = _vectors(self.points, seed)
            index = pool.submit(_index, vectors, seed).result()
            offered = OFFERED * self.k + 1  # with the row itself

            def search(block: Ids) -> Neighbours:
                return self._near(block, index.search(vectors[block], offered)[1])

            return np.concatenate(list(pool.map(search, _blocks(ids, _BLOCK))))

    def _near(self, ones: Ids, offered: Ids) -> Neighbours:
        """Among those that the index offers each; among all where these are too few."""
        found = self._kept(ones, np.sort(offered, axis=1))
        few = np.flatnonzero((offered >= 0).sum(axis=1) <= self.k)
        if len(few):
            found[few] = self.exact(ones[few])
        return found

    def _kept(self, ones: Ids, others: Ids) -> Neighbours:
        by_numbers, by_codes = self.points.squared(ones[:, None], others)
        distances = by_numbers + by_codes
        if self.twins_last:
            distances[by_numbers == 0] += _FAR
        distances[(others < 0) | (others == ones[:, None])] = np.inf
        return _least(distances, others, self.k)


def _least(distances: Numbers, others: Ids, k: int) -> Neighbours:
    """The k least of each row, least first, ties by their place."""
    places = np.sort(np.argpartition(distances, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(np.take_along_axis(distances, places, axis=1), axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    others = np.broadcast_to(others, distances.shape)
    return np.take_along_axis(others, places, axis=1).astype(np.int32)


def _vectors(points: Points, seed: int) -> npt.NDArray[np.float32]:
    """Rows as vectors whose distances are nearly those of the points.

    Every code of a column is a random direction, as long as two of them are ``step`` apart.
    """
    draw = np.random.default_rng(seed)
    summed = np.zeros((len(points), _DIMENSIONS), np.float32)
    for codes in points.codes:
        directions = draw.normal(size=(codes.max() + 1, _DIMENSIONS))
        directions *= points.step / np.sqrt(2) / np.linalg.norm(directions, axis=1, keepdims=True)
        summed += directions.astype(np.float32)[codes]
    return np.hstack([points.numbers.T.astype(np.float32), summed])


def _index(vectors: npt.NDArray[np.float32], seed: int) -> faiss.IndexIVFFlat:
    cells = int(2 * np.sqrt(len(vectors)))
    width = vectors.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(width), width, cells)
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = seed % 2**31, 8, 40
    index.cp.min_points_per_centroid = 1  # fewer than its default are no reason to warn
    index.nprobe = PROBES
    index.train(vectors)
    index.add(vectors)
    return index


def _one_thread() -> None:
    """This thread's own limit for OpenMP: sums that several threads share may round otherwise."""
    faiss.omp_set_num_threads(1)


def _blocks(ids: Ids, size: int) -> Iterator[Ids]:
    return (ids[start : start + size] for start in range(0, len(ids), size))

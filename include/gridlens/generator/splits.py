"""Training, validation and test rows, so that no task stands on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridlens.errors import InputError
from gridlens.generator.workload import tasks_of

SHARES = (0.6, 0.2, 0.2)  # introspective paper, Fig. 7
Way = Literal["task", "time", "random"]


@dataclass(frozen=True)
class Split:
    """The three parts of a workload; rows keep their order within a part."""

    train: pa.Table
    validation: pa.Table
    test: pa.Table


def split(table: pa.Table, way: Way, seed: int) -> Split:
    """Cut a workload into 60 % training, 20 % validation and 20 % test rows.

    Args:
        table: a workload; ``task`` and ``time`` need ``jeditaskid``.
        way: ``time``: whole tasks, in the order of their first job; ``task``: whole tasks,
            shuffled; ``random``: single rows, shuffled, as in the paper. A job without a
            task is one of its own.
        seed: of the shuffles.

    Raises:
        InputError: a way by tasks on a table without ``jeditaskid``.
    """
    parts = np.searchsorted(np.cumsum(SHARES[:2]) * len(table), _places(table, way, seed), "right")
    return Split(*(table.filter(pa.array(parts == part)) for part in range(3)))


def _places(table: pa.Table, way: Way, seed: int) -> npt.NDArray[np.int64]:
    """For each row its place in the order that is cut; rows of a task share the first's place."""
    shuffle = np.random.default_rng(seed)
    if way == "random":
        return shuffle.permutation(len(table))
    if "jeditaskid" not in table.column_names:
        raise InputError(
            f"the split by {way} keeps tasks together, and this workload has no 'jeditaskid': "
            "select it too, or split at random"
        )
    _, task, size = np.unique(tasks_of(table), return_inverse=True, return_counts=True)
    order = shuffle.permutation(len(size))
    if way == "time":
        first = np.full(len(size), np.iinfo(np.int64).max)
        created = table.column("creationtime").cast(pa.int64()).fill_null(0).to_numpy()
        np.minimum.at(first, task, created)
        order = np.argsort(first, kind="stable")
    begins = np.empty(len(size), np.int64)
    begins[order] = np.cumsum(size[order]) - size[order]
    return begins[task]

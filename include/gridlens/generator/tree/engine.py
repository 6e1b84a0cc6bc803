"""The sequential trees as an engine."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from gridlens.generator.encoding import Codes, Encoding
from gridlens.generator.given import Given
from gridlens.generator.tree.donors import Drawn
from gridlens.generator.tree.joint import joint
from gridlens.generator.tree.order import Order
from gridlens.generator.tree.step import Step
from gridlens.generator.tree.store import read_step, write_step

_AT_ONCE = 2  # trees that grow side by side; each needs memory of its own


@dataclass(frozen=True)
class Tree:
    """Each variable drawn given those before it, from a leaf of a tree.

    Source: Reiter (2005), Using CART to generate partially synthetic public use microdata;
    Nowok, Raab and Dibben (2016), synthpop: Bespoke Creation of Synthetic Data in R, sec. 2.

    The task's categories are drawn first, as one combination that training rows have; then site
    and status; then the numbers, each from the real values (donors) in a leaf. A number that few
    rows have is moved towards its neighbour in the leaf; a time is not.

    What is saved holds no rows, but real values: for each variable those of at least ``leaf``
    rows together, sorted, and the combinations of the task's categories. A training table of
    fewer than ``leaf`` rows can be read from it, but for which values go together. It is not
    anonymous.

    Attributes:
        encoding: of the training rows.
        tuples: combinations of the task's categories, as codes: combinations x categories.
        steps: of the combination, each other category, then each number.
    """

    encoding: Encoding
    tuples: Codes
    steps: tuple[Step, ...]
    holds_real_rows: ClassVar[bool] = False

    @classmethod
    def fit(cls, table: pa.Table, seed: int, *, leaf: int = 15) -> Tree:
        """Grow one tree a variable.

        Args:
            table: a workload.
            seed: of ties between splits.
            leaf: fewest training rows in a leaf: more is more private, and less exact.

        Raises:
            InputError: the table is no workload, or has no rows.
        """
        encoding = Encoding.learn(table)
        order = Order.of(encoding)
        tuples, values = order.apart(encoding.encode(table))
        time = len(values) - len(order.numbers)  # the first number that is drawn

        def grow(i: int) -> Step:
            return Step.fit(values[:i], values[i], leaf=leaf, seed=seed + i, is_moved=i != time)

        with ThreadPoolExecutor(_AT_ONCE) as threads:  # a tree asks for no other tree
            return cls(encoding, tuples, tuple(threads.map(grow, range(len(values)))))

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw that many jobs, see ``Engine.sample``.

        Given categories are conditioned on exactly: of all combinations that the trees can draw,
        those that have the given values, by their probability.
        """
        rng = np.random.default_rng(seed)
        drawn = [] if given is None else self._chosen(Given.of(given, self.encoding, n), rng)
        for step in self.steps[len(drawn) :]:
            drawn.append(step.draw(drawn, n, rng))
        return self.encoding.decode(Order.of(self.encoding).together(self.tuples, drawn))

    def save(self, folder: Path) -> None:
        """Write ``encoding.json``, ``tuples.npz`` and a file a step."""
        (folder / "encoding.json").write_text(json.dumps(self.encoding.to_json()))
        np.savez_compressed(folder / "tuples.npz", tuples=self.tuples)
        for i, step in enumerate(self.steps):
            write_step(step, folder / f"step_{i:02}.npz")

    @classmethod
    def load(cls, folder: Path) -> Tree:
        """Read what ``save`` wrote."""
        encoding = Encoding.from_json(json.loads((folder / "encoding.json").read_text()))
        with np.load(folder / "tuples.npz", allow_pickle=False) as found:
            tuples = found["tuples"]
        steps = (read_step(path) for path in sorted(folder.glob("step_*.npz")))
        return cls(encoding, tuples, tuple(steps))

    def _chosen(self, given: Given, rng: np.random.Generator) -> list[Drawn]:
        order = Order.of(self.encoding)
        counts = [len(self.tuples), *(self.encoding.code_counts[i] for i in order.single)]
        allowed = [np.ones(count, bool) for count in counts]
        for column, wanted in zip(given.columns, given.wanted.T, strict=True):
            if column in order.task:
                allowed[0] &= np.isin(self.tuples[:, order.task.index(column)], wanted)
            else:
                at = 1 + order.single.index(column)
                allowed[at] &= np.isin(np.arange(counts[at]), wanted)
        values, weights = joint(self.steps[: len(counts)], allowed)
        rows = given.pick(order.categories(self.tuples, values), weights, rng)
        return [Drawn(value.codes[rows]) for value in values]

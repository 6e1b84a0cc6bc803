"""The engine: a diffusion model of tables in the manner of TabDDPM (Kotelnikov et al. 2023)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow as pa

from gridlens.generator.diffusion.network import Shape, Weights, guess
from gridlens.generator.diffusion.noise import (
    earlier_codes,
    earlier_numbers,
    noisy_codes,
    signal,
    uniform_codes,
)
from gridlens.generator.diffusion.training import train
from gridlens.generator.encoding import Codes, Encoded, Encoding
from gridlens.generator.given import Given

_CHUNK = 16_384
_STEPS_BACK = 200
_FREE = -1


@dataclass(frozen=True)
class Diffusion:
    """A network that turns noise into jobs, fitted.

    Attributes:
        holds_real_rows: false: weights, category lists and each number's mean, deviation and range.
        encoding: of the training rows.
        shape: of the network.
        weights: of the network.
    """

    encoding: Encoding
    shape: Shape
    weights: Weights
    holds_real_rows: ClassVar[bool] = False

    @classmethod
    def fit(
        cls,
        table: pa.Table,
        seed: int,
        *,
        hidden: int = 256,
        layers: int = 3,
        steps: int = 3000,
        batch: int = 1024,
    ) -> Self:
        """Learn from a workload.

        Args:
            table: training rows.
            seed: of all random numbers.
            hidden: width of the network; the defaults suit a processor, 1024 a GPU.
            layers: its depth.
            steps: batches; 20,000 or more on a GPU.
            batch: rows a batch.

        Raises:
            InputError: the table is no workload, or has no rows.
        """
        encoding = Encoding.learn(table)
        shape = Shape(len(encoding.scales), encoding.code_counts, hidden, layers)
        weights = train(encoding.encode(table), shape, seed, steps, batch)
        for weight in weights.values():
            weight.block_until_ready()  # else done when first used
        return cls(encoding, shape, weights)

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw jobs: noise, and 200 steps back.

        Given categories stand, with the noise of the moment, in every step, so that all else is
        drawn to suit them; the network has not learned a condition of its own, so this is near
        the conditional distribution, not equal to it.

        Raises:
            InputError: a given category that the training rows did not have.
        """
        fixed = _fixed(self.encoding, n, given)
        keys = jax.random.split(jax.random.key(seed), max(1, -(-n // _CHUNK)))
        parts = []
        for i, key in enumerate(keys):
            part = fixed[i * _CHUNK : (i + 1) * _CHUNK]
            # one size, so that it is compiled once
            padded = np.pad(part, ((0, min(_CHUNK, n) - len(part)), (0, 0)), constant_values=_FREE)
            numbers, codes = _back(self.shape, self.weights, key, jnp.asarray(padded))
            parts.append(
                self.encoding.decode(
                    Encoded(
                        np.asarray(codes)[: len(part)],
                        np.asarray(numbers, np.float64)[: len(part)],
                    )
                )
            )
        return pa.concat_tables(parts)

    def save(self, folder: Path) -> None:
        """Write ``encoding.json``, ``shape.json`` and ``weights.npz``."""
        (folder / "encoding.json").write_text(json.dumps(self.encoding.to_json()))
        (folder / "shape.json").write_text(json.dumps(vars(self.shape)))
        weights = {name: np.asarray(value) for name, value in self.weights.items()}
        np.savez(folder / "weights.npz", allow_pickle=False, **weights)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        shape = json.loads((folder / "shape.json").read_text())
        with np.load(folder / "weights.npz", allow_pickle=False) as saved:
            weights = {name: jnp.asarray(saved[name]) for name in saved}
        encoding = Encoding.from_json(json.loads((folder / "encoding.json").read_text()))
        return cls(encoding, Shape(**shape | {"counts": tuple(shape["counts"])}), weights)


def _fixed(encoding: Encoding, n: int, given: pa.Table | None) -> Codes:
    """Codes that the drawn rows must have; -1 where they are free."""
    fixed = np.full((n, len(encoding.code_counts)), _FREE, np.int32)
    if given is not None:
        wanted = Given.of(given, encoding, n)
        fixed[:, wanted.columns] = wanted.wanted
    return fixed


@partial(jax.jit, static_argnums=0)
def _back(
    shape: Shape, weights: Weights, key: jax.Array, fixed: jax.Array
) -> tuple[jax.Array, jax.Array]:
    beginning, coding, walk = jax.random.split(key, 3)
    numbers = jax.random.normal(beginning, (len(fixed), shape.numbers))
    codes = uniform_codes(coding, len(fixed), shape.places.counts)
    times = jnp.linspace(1.0, 0.0, _STEPS_BACK + 1)
    steps = (times[:-1], times[1:], jax.random.split(walk, _STEPS_BACK))

    def step(
        rows: tuple[jax.Array, jax.Array], now: tuple[jax.Array, ...]
    ) -> tuple[tuple[jax.Array, jax.Array], None]:
        return _step(shape, weights, fixed, rows, now), None

    (numbers, codes), _ = jax.lax.scan(step, (numbers, codes), steps)
    return numbers, jnp.where(fixed == _FREE, codes, fixed)


def _step(
    shape: Shape,
    weights: Weights,
    fixed: jax.Array,
    rows: tuple[jax.Array, jax.Array],
    now: tuple[jax.Array, ...],
) -> tuple[jax.Array, jax.Array]:
    """One step back in time, for all rows."""
    numbers, codes = rows
    t, s, key = now
    holding, stepping, drawing = jax.random.split(key, 3)
    held = noisy_codes(holding, fixed, shape.places.counts, t)
    codes = jnp.where(fixed == _FREE, codes, held)
    velocity, logarithms = guess(weights, shape, numbers, codes, jnp.full((len(fixed), 1), t))
    clean = jnp.sqrt(signal(t)) * numbers - jnp.sqrt(1 - signal(t)) * velocity
    return (
        earlier_numbers(stepping, numbers, clean, t, s),
        earlier_codes(drawing, codes, jnp.exp(logarithms), shape.places, t, s),
    )

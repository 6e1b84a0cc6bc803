"""The network that guesses, from a noisy row and its time, the row without noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from gridlens.generator.diffusion.places import Places
from gridlens.generator.encoding import Codes

Weights = Mapping[str, jax.Array]
_WAVES = 32
_NEVER = 1e-9  # share of a code that no training row has


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Attributes:
        numbers: variables that are numbers.
        counts: for each column of codes, how many codes it has.
        hidden: width of each layer.
        layers: number of layers between the first and the last.
    """

    numbers: int
    counts: tuple[int, ...]
    hidden: int
    layers: int

    @property
    def places(self) -> Places:
        """Of the codes."""
        return Places(self.counts)

    @property
    def row(self) -> int:
        """Width of a row: its numbers, and one place a code."""
        return self.numbers + self.places.width


def first_weights(key: jax.Array, shape: Shape, codes: Codes) -> Weights:
    """Random weights, but that the first guess is each code's share of the training rows.

    Args:
        key: of the random numbers.
        shape: of the network.
        codes: rows x columns, of the training rows.
    """
    keys = jax.random.split(key, shape.layers + 2)
    sizes = {"row": (shape.row, shape.hidden), "time": (2 * _WAVES, shape.hidden)}
    sizes |= {f"layer_{i}": (shape.hidden, shape.hidden) for i in range(shape.layers)}
    weights = {
        name: jax.random.normal(key, size) / jnp.sqrt(size[0])
        for key, (name, size) in zip(keys, sizes.items(), strict=True)
    }
    biases = {f"bias_{i}": jnp.zeros(shape.hidden) for i in range(shape.layers)}
    seen = [np.bincount(codes[:, i], minlength=count) for i, count in enumerate(shape.counts)]
    shares = jnp.log(jnp.asarray(np.concatenate(seen)) / len(codes) + _NEVER)
    last = {
        "last": jnp.zeros((shape.hidden, shape.row)),
        "bias_last": jnp.concatenate([jnp.zeros(shape.numbers), shares]),
    }
    return weights | biases | last


def guess(
    weights: Weights, shape: Shape, numbers: jax.Array, codes: jax.Array, t: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Look at noisy rows.

    Args:
        weights: of the network.
        shape: of the network.
        numbers: rows x numbers, noisy.
        codes: rows x columns of codes, noisy.
        t: rows x 1, times in [0, 1].

    Returns:
        For the numbers the velocity ``sqrt(s) noise - sqrt(1 - s) row`` (Salimans and Ho 2022),
        s the signal's share; for the codes' places the logarithms of their probabilities.
    """
    row = jnp.concatenate([numbers, shape.places.one_hot(codes)], axis=1)
    hidden = row @ weights["row"] + _waves(t) @ weights["time"]
    for i in range(shape.layers):
        added = _normed(hidden) @ weights[f"layer_{i}"] + weights[f"bias_{i}"]
        hidden = hidden + jax.nn.silu(added)
    out = _normed(hidden) @ weights["last"] + weights["bias_last"]
    return out[:, : shape.numbers], shape.places.logarithms(out[:, shape.numbers :])


def _normed(x: jax.Array) -> jax.Array:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / jnp.sqrt(jnp.square(centred).mean(axis=1, keepdims=True) + 1e-5)


def _waves(t: jax.Array) -> jax.Array:
    angles = t * jnp.exp(jnp.linspace(0.0, jnp.log(1000.0), _WAVES))
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)

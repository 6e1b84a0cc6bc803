"""The network that guesses, from a noisy row and its time, the row without noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import jax
import jax.numpy as jnp

Weights = Mapping[str, jax.Array]
_WAVES = 32


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
    def row(self) -> int:
        """Width of a row: its numbers, and one place a code."""
        return self.numbers + sum(self.counts)


def first_weights(key: jax.Array, shape: Shape) -> Weights:
    """Random weights; the last layer begins at zero, so that training begins at no guess."""
    keys = jax.random.split(key, shape.layers + 2)
    sizes = {"row": (shape.row, shape.hidden), "time": (2 * _WAVES, shape.hidden)}
    sizes |= {f"layer_{i}": (shape.hidden, shape.hidden) for i in range(shape.layers)}
    weights = {
        name: jax.random.normal(key, size) / jnp.sqrt(size[0])
        for key, (name, size) in zip(keys, sizes.items(), strict=True)
    }
    biases = {f"bias_{i}": jnp.zeros(shape.hidden) for i in range(shape.layers)}
    last = {"last": jnp.zeros((shape.hidden, shape.row)), "bias_last": jnp.zeros(shape.row)}
    return weights | biases | last


def guess(
    weights: Weights, shape: Shape, numbers: jax.Array, codes: jax.Array, t: jax.Array
) -> tuple[jax.Array, list[jax.Array]]:
    """Look at noisy rows.

    Args:
        weights: of the network.
        shape: of the network.
        numbers: rows x numbers, noisy.
        codes: rows x columns of codes, noisy.
        t: rows x 1, times in [0, 1].

    Returns:
        For the numbers the velocity ``sqrt(s) noise - sqrt(1 - s) row`` (Salimans and Ho 2022),
        s the signal's share; for each column of codes the logarithms of its probabilities.
    """
    one_hot = [jax.nn.one_hot(codes[:, i], count) for i, count in enumerate(shape.counts)]
    row = jnp.concatenate([numbers, *one_hot], axis=1)
    hidden = row @ weights["row"] + _waves(t) @ weights["time"]
    for i in range(shape.layers):
        added = _normed(hidden) @ weights[f"layer_{i}"] + weights[f"bias_{i}"]
        hidden = hidden + jax.nn.silu(added)
    out = _normed(hidden) @ weights["last"] + weights["bias_last"]
    velocity, logits = out[:, : shape.numbers], out[:, shape.numbers :]
    return velocity, jnp.split(logits, list(accumulate(shape.counts))[:-1], axis=1)


def _normed(x: jax.Array) -> jax.Array:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / jnp.sqrt(jnp.square(centred).mean(axis=1, keepdims=True) + 1e-5)


def _waves(t: jax.Array) -> jax.Array:
    angles = t * jnp.exp(jnp.linspace(0.0, jnp.log(1000.0), _WAVES))
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)

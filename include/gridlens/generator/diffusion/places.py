"""Codes of many columns side by side: one place for each code of each column."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True)
class Places:
    """Where the codes of each column stand in a row of all of them.

    One matrix of places for all columns is compiled ten times faster than a matrix a column.

    Attributes:
        counts_of: for each column, how many codes it has.
    """

    counts_of: tuple[int, ...]

    @property
    def counts(self) -> jax.Array:
        """For each column, how many codes it has."""
        return jnp.array(self.counts_of)

    @property
    def width(self) -> int:
        """Number of places."""
        return sum(self.counts_of)

    @property
    def column(self) -> jax.Array:
        """For each place its column."""
        return jnp.asarray(np.repeat(np.arange(len(self.counts_of)), self.counts_of))

    @property
    def code(self) -> jax.Array:
        """For each place its code."""
        return jnp.asarray(np.concatenate([np.arange(count) for count in self.counts_of]))

    def spread(self, of_columns: jax.Array) -> jax.Array:
        """What is told of columns (last axis), told of each of their places."""
        return of_columns[..., self.column]

    def one_hot(self, codes: jax.Array) -> jax.Array:
        """1 at the place of each row's code in each column, else 0: rows x places."""
        return (self.spread(codes) == self.code).astype(jnp.float32)

    def summed(self, of_places: jax.Array) -> jax.Array:
        """Sums over the places of each column: rows x columns."""
        return of_places @ jax.nn.one_hot(self.column, len(self.counts_of))

    def logarithms(self, scores: jax.Array) -> jax.Array:
        """Scores as logarithms of probabilities that sum to 1 in each column."""
        scores = scores - self.spread(self._most(scores))
        return scores - self.spread(jnp.log(self.summed(jnp.exp(scores))))

    def drawn(self, key: jax.Array, scores: jax.Array) -> jax.Array:
        """One code a column, drawn by the scores (logarithms, up to a constant a column).

        The largest score with Gumbel noise is a draw by the probabilities.
        """
        noisy = scores + jax.random.gumbel(key, scores.shape)
        chosen = noisy >= self.spread(self._most(noisy))
        # of two places with one score, one in billions, the last counts
        return jax.ops.segment_max(
            jnp.where(chosen, self.code, -1).T, self.column, len(self.counts_of)
        ).T

    def _most(self, scores: jax.Array) -> jax.Array:
        return jax.ops.segment_max(scores.T, self.column, len(self.counts_of)).T

"""Noise on rows, and one step back: normal for numbers, uniform categories for codes.

Times run from 0 (a row as it is) to 1 (noise alone). The share of signal that is left follows
a cosine (Nichol and Dhariwal 2021); codes are kept with that probability, else drawn anew
(Hoogeboom et al. 2021, multinomial diffusion). TabDDPM joins the two (Kotelnikov et al. 2023).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gridlens.generator.diffusion.places import Places

_OFFSET = 0.008  # keeps the first steps from adding no noise at all
_LEAST = 1e-5


def signal(t: jax.Array) -> jax.Array:
    """Share of the variance that is still the row's own at time ``t``, in (0, 1)."""
    angle = (t + _OFFSET) / (1 + _OFFSET) * jnp.pi / 2
    start = jnp.cos(jnp.array(_OFFSET / (1 + _OFFSET) * jnp.pi / 2)) ** 2
    return jnp.clip(jnp.cos(angle) ** 2 / start, _LEAST, 1 - _LEAST)


def noisy_numbers(numbers: jax.Array, noise: jax.Array, t: jax.Array) -> jax.Array:
    """Numbers (rows x variables) at the times ``t`` (rows x 1)."""
    kept = signal(t)
    return jnp.sqrt(kept) * numbers + jnp.sqrt(1 - kept) * noise


def noisy_codes(key: jax.Array, codes: jax.Array, counts: jax.Array, t: jax.Array) -> jax.Array:
    """Codes (rows x columns), each kept with probability ``signal(t)``, else drawn anew.

    Args:
        key: of the random numbers.
        codes: without noise.
        counts: for each column, how many codes it has.
        t: rows x 1, times.
    """
    keeping, drawing = jax.random.split(key)
    kept = jax.random.uniform(keeping, codes.shape) < signal(t)
    return jnp.where(kept, codes, uniform_codes(drawing, len(codes), counts))


def uniform_codes(key: jax.Array, rows: int, counts: jax.Array) -> jax.Array:
    """Codes of which every column's are equally likely: noise alone."""
    drawn = jax.random.uniform(key, (rows, len(counts)))
    return jnp.minimum((drawn * counts).astype(jnp.int32), counts - 1)


def earlier_numbers(
    key: jax.Array, now: jax.Array, clean: jax.Array, t: jax.Array, s: jax.Array
) -> jax.Array:
    """Draw the numbers at the earlier time ``s``, given them at ``t`` and the guess of the row."""
    left, then = signal(t), signal(s)
    ratio = left / then
    mean = jnp.sqrt(ratio) * (1 - then) * now + jnp.sqrt(then) * (1 - ratio) * clean
    deviation = jnp.sqrt((1 - ratio) * (1 - then) / (1 - left))
    return mean / (1 - left) + deviation * jax.random.normal(key, now.shape)


def earlier_codes(
    key: jax.Array, now: jax.Array, clean: jax.Array, places: Places, t: jax.Array, s: jax.Array
) -> jax.Array:
    """Draw the codes at the earlier time ``s``.

    Args:
        key: of the random numbers.
        now: rows x columns, codes at ``t``.
        clean: rows x places, the guessed probabilities of the codes without noise.
        places: of the codes.
        t: the time now.
        s: the earlier time.
    """
    ratio, then = signal(t) / signal(s), signal(s)
    one_of = places.spread(1 / places.counts)
    forward = ratio * places.one_hot(now) + (1 - ratio) * one_of
    prior = then * clean + (1 - then) * one_of
    return places.drawn(key, jnp.log(forward * prior))

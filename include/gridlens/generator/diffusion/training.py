"""How the network learns: noisy rows in, the row without noise as the answer."""

from __future__ import annotations

from functools import cache, partial

import jax
import jax.numpy as jnp
import optax

from gridlens.generator.diffusion.network import Shape, Weights, first_weights, guess
from gridlens.generator.diffusion.noise import noisy_codes, noisy_numbers, signal
from gridlens.generator.encoding import Encoded

_CALM = 0.999  # share of the past in the running mean of the weights
_RATE = 2e-3
_ROUND = 100  # steps compiled into one call


def loss(
    weights: Weights, shape: Shape, key: jax.Array, numbers: jax.Array, codes: jax.Array
) -> jax.Array:
    """Mean squared error of the velocity, plus mean cross entropy of the codes."""
    timing, drawing, coding = jax.random.split(key, 3)
    t = jax.random.uniform(timing, (len(codes), 1))
    noise = jax.random.normal(drawing, numbers.shape)
    noisy = noisy_codes(coding, codes, shape.places.counts, t)
    velocity, logarithms = guess(weights, shape, noisy_numbers(numbers, noise, t), noisy, t)
    wanted = jnp.sqrt(signal(t)) * noise - jnp.sqrt(1 - signal(t)) * numbers
    crossed = -(shape.places.one_hot(codes) * logarithms).sum(axis=1) / len(shape.counts)
    return jnp.square(velocity - wanted).mean() + crossed.mean()


def train(rows: Encoded, shape: Shape, seed: int, steps: int, batch: int) -> Weights:
    """Learn from encoded rows; gives the running mean of the weights.

    Args:
        rows: training rows.
        shape: of the network.
        seed: of weights, batches and noise.
        steps: batches that are looked at.
        batch: rows a batch.
    """
    key, start = jax.random.split(jax.random.key(seed))
    numbers = jnp.asarray(rows.numbers, jnp.float32)
    codes = jnp.asarray(rows.codes)
    weights = first_weights(start, shape, rows.codes)
    optimiser = _optimiser(steps)
    state = (weights, weights, optimiser.init(weights))
    rounds = -(-steps // _ROUND)
    for keys in jax.random.split(key, (rounds, min(_ROUND, steps))):
        state = _round(shape, optimiser, min(batch, len(rows)), state, keys, numbers, codes)
    return state[1]


@cache  # the same object for the same number of steps, so that a round is compiled once
def _optimiser(steps: int) -> optax.GradientTransformation:
    rate = optax.cosine_decay_schedule(_RATE, steps)
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))


_State = tuple[Weights, Weights, optax.OptState]


@partial(jax.jit, static_argnums=(0, 1, 2))
def _round(
    shape: Shape,
    optimiser: optax.GradientTransformation,
    batch: int,
    state: _State,
    keys: jax.Array,
    numbers: jax.Array,
    codes: jax.Array,
) -> _State:
    def step(state: _State, key: jax.Array) -> tuple[_State, None]:
        weights, calm, moments = state
        choosing, noising = jax.random.split(key)
        chosen = jax.random.randint(choosing, (batch,), 0, len(codes))
        gradient = jax.grad(loss)(weights, shape, noising, numbers[chosen], codes[chosen])
        change, moments = optimiser.update(gradient, moments, weights)
        weights = optax.apply_updates(weights, change)
        calm = jax.tree.map(lambda old, new: _CALM * old + (1 - _CALM) * new, calm, weights)
        return (weights, calm, moments), None

    return jax.lax.scan(step, state, keys)[0]

"""How the network learns: noisy rows in, the row without noise as the answer."""

from __future__ import annotations

from functools import partial

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
    keys = jax.random.split(key, 2 + len(shape.counts))
    t = jax.random.uniform(keys[0], (len(codes), 1))
    noise = jax.random.normal(keys[1], numbers.shape)
    columns = [
        noisy_codes(keys[2 + i], codes[:, i : i + 1], count, t)
        for i, count in enumerate(shape.counts)
    ]
    velocity, logits = guess(
        weights, shape, noisy_numbers(numbers, noise, t), jnp.concatenate(columns, axis=1), t
    )
    wanted = jnp.sqrt(signal(t)) * noise - jnp.sqrt(1 - signal(t)) * numbers
    crossed = [
        optax.softmax_cross_entropy_with_integer_labels(guessed, codes[:, i]).mean()
        for i, guessed in enumerate(logits)
    ]
    return jnp.square(velocity - wanted).mean() + jnp.stack(crossed).mean()


def train(rows: Encoded, shape: Shape, seed: int, steps: int, batch: int) -> Weights:
    """Learn from encoded rows; gives the running mean of the weights.

    Args:
        rows: training rows.
        shape: of the network.
        seed: of weights, batches and noise.
        steps: batches that are looked at.
        batch: rows a batch.
    """
    rate = optax.cosine_decay_schedule(_RATE, steps)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))
    key, start = jax.random.split(jax.random.key(seed))
    weights = first_weights(start, shape)
    state = (weights, weights, optimiser.init(weights))
    numbers = jnp.asarray(rows.numbers, jnp.float32)
    codes = jnp.asarray(rows.codes)
    rounds = -(-steps // _ROUND)
    advance = jax.jit(partial(_round, shape, optimiser, min(batch, len(rows))))
    for keys in jax.random.split(key, (rounds, min(_ROUND, steps))):
        state = advance(state, keys, numbers, codes)
    return state[1]


_State = tuple[Weights, Weights, optax.OptState]


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

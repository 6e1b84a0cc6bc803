from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from workloads import JOB, grid, jobs

from gridlens.errors import InputError
from gridlens.generator.diffusion import Diffusion
from gridlens.generator.diffusion.noise import (
    earlier_codes,
    earlier_numbers,
    noisy_codes,
    noisy_numbers,
    signal,
)
from gridlens.generator.diffusion.places import Places

SIZE = {"hidden": 64, "layers": 1, "steps": 300, "batch": 128}
ROWS = 300  # one number of rows, so that drawing is compiled once


def test_places_stand_side_by_side() -> None:
    places = Places((2, 3))
    assert places.one_hot(jnp.array([[1, 2]])).tolist() == [[0, 1, 0, 0, 1]]
    assert places.summed(jnp.array([[1.0, 2, 3, 4, 5]])).tolist() == [[3, 12]]
    shares = jnp.exp(places.logarithms(jnp.log(jnp.array([[1.0, 3, 2, 2, 4]]))))
    assert shares.tolist() == [pytest.approx([0.25, 0.75, 0.25, 0.25, 0.5])]


def test_codes_are_drawn_by_their_shares() -> None:
    scores = jnp.tile(jnp.log(jnp.array([0.2, 0.8, 0.5, 0.4, 0.1])), (20_000, 1))
    drawn = Places((2, 3)).drawn(jax.random.key(3), scores)
    assert np.bincount(drawn[:, 0]) / 20_000 == pytest.approx([0.2, 0.8], abs=0.01)
    assert np.bincount(drawn[:, 1]) / 20_000 == pytest.approx([0.5, 0.4, 0.1], abs=0.01)


@pytest.fixture(scope="module", autouse=True)
def quickly_compiled() -> Iterator[None]:
    """Small networks take longer to be compiled well than to run."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(scope="module")
def fitted() -> Diffusion:
    return Diffusion.fit(grid(300), 1, **SIZE)


def test_a_given_category_that_was_not_learned_is_refused_by_name(fitted: Diffusion) -> None:
    with pytest.raises(InputError, match="computingsite 'NOWHERE'"):
        fitted.sample(1, 1, pa.table({"computingsite": ["NOWHERE"]}))


def test_a_number_cannot_be_given(fitted: Diffusion) -> None:
    with pytest.raises(InputError, match="'ninputdatafiles' cannot be given"):
        fitted.sample(1, 1, pa.table({"ninputdatafiles": ["3"]}))


def test_two_equal_jobs_are_learned_as_they_are() -> None:
    drawn = Diffusion.fit(jobs({}, {}), 1, hidden=8, layers=1, steps=20).sample(3, 2)
    learned = {k: v for k, v in JOB.items() if k not in ("creationtime", "jeditaskid")}
    learned["workload_gflop"] = pytest.approx(learned["workload_gflop"])
    assert drawn.drop_columns(["creationtime"]).to_pylist() == [learned] * 3


def test_signal_falls_from_all_to_nothing() -> None:
    t = jnp.linspace(0, 1, 11)
    kept = np.asarray(signal(t))
    assert kept[0] == pytest.approx(1, abs=1e-4)
    assert kept[-1] == pytest.approx(0, abs=1e-4)
    assert np.all(np.diff(kept) < 0)


def test_noise_keeps_the_variance_of_numbers() -> None:
    numbers, noise = jax.random.normal(jax.random.key(1), (2, 20_000, 1))
    noisy = noisy_numbers(numbers, noise, jnp.full((20_000, 1), 0.4))
    assert float(noisy.std()) == pytest.approx(1, abs=0.02)


def test_codes_are_kept_with_the_probability_of_the_signal() -> None:
    t = jnp.full((40_000, 1), 0.5)
    noisy = noisy_codes(jax.random.key(1), jnp.zeros((40_000, 1), int), jnp.array([4]), t)
    kept = float(signal(jnp.array(0.5)))
    assert float((noisy == 0).mean()) == pytest.approx(kept + (1 - kept) / 4, abs=0.01)


def test_a_step_to_the_start_gives_the_guessed_row() -> None:
    t, start, key = jnp.array(0.01), jnp.array(0.0), jax.random.key(1)
    clean = jax.nn.one_hot(jnp.full(500, 2), 4)
    codes = earlier_codes(key, jnp.zeros((500, 1), int), clean, Places((4,)), jnp.array(0.9), start)
    numbers = earlier_numbers(key, jnp.full((500, 1), 3.0), jnp.full((500, 1), 3.0), t, start)
    assert float((codes == 2).mean()) > 0.99
    assert np.asarray(numbers) == pytest.approx(3.0, abs=0.05)


def test_a_step_back_agrees_with_bayes_by_enumeration() -> None:
    t, s = 0.7, 0.3
    left, then = float(signal(jnp.array(t))), float(signal(jnp.array(s)))
    clean = np.array([0.7, 0.2, 0.1])
    ratio = left / then
    by_hand = np.array(
        [
            (ratio * (code == 1) + (1 - ratio) / 3) * (then * clean[code] + (1 - then) / 3)
            for code in range(3)
        ]
    )
    drawn = earlier_codes(
        jax.random.key(5),
        jnp.ones((40_000, 1), int),
        jnp.tile(jnp.array(clean), (40_000, 1)),
        Places((3,)),
        jnp.array(t),
        jnp.array(s),
    )
    shares = np.bincount(np.asarray(drawn)[:, 0], minlength=3) / 40_000
    assert shares == pytest.approx(by_hand / by_hand.sum(), abs=0.01)


def test_the_shares_of_statuses_are_learned(fitted: Diffusion) -> None:
    drawn = fitted.sample(ROWS, 3)
    share = pc.mean(pc.equal(drawn.column("jobstatus"), "finished").cast(pa.float64())).as_py()
    assert share == pytest.approx(0.85, abs=0.1)


def test_given_categories_stand_in_every_row(fitted: Diffusion) -> None:
    statuses = ["failed"] * 100 + ["finished"] * (ROWS - 100)
    drawn = fitted.sample(ROWS, 1, pa.table({"jobstatus": statuses}))
    assert drawn.column("jobstatus").to_pylist() == statuses


def test_the_same_seed_gives_the_same_jobs(fitted: Diffusion) -> None:
    again = Diffusion.fit(grid(300), 1, **SIZE)
    assert again.sample(ROWS, 7) == fitted.sample(ROWS, 7) != fitted.sample(ROWS, 8)


def test_what_was_saved_draws_the_same_jobs(fitted: Diffusion, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    assert Diffusion.load(tmp_path).sample(ROWS, 7) == fitted.sample(ROWS, 7)

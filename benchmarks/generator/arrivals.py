"""Hourly job counts of days to come: the ways to draw them, beside what the grid then did.

    python benchmarks/generator/arrivals.py [--jobs 1343792] [--seeds 8]

A made grid of 147 days (working hours, weekends, good and bad days, campaigns of alike tasks, tasks
of very different sizes that go on for days); learned from the first 98, compared with the last 49.
Being made of tasks it favours models that know tasks. The floor is the real 49 days before.
Figures are means over seeds; IDC: variance by mean of the counts in such bins, as a ratio to the
real one (1 is best); distance: Wasserstein distance of the hourly counts by their mean; ACF: mean
absolute difference of the autocorrelations of 1 to 168 hours.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import wasserstein_distance

from gridlens.generator.arrivals import Arrivals
from gridlens.window import Day, Window

Real = npt.NDArray[np.float64]
FIRST = Day.parse("2025-01-06")  # a Monday
LEARNED, DRAWN = 98, 49
WEEK = 168


def made(jobs: int, seed: int = 1) -> pa.Table:
    """About that many jobs, with what arrivals need and constants for the rest."""
    rng = np.random.default_rng(seed)
    hours = np.arange((LEARNED + DRAWN) * 24)
    shape = (1 + 0.6 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)) * np.where(
        hours // 24 % 7 < 5, 1, 0.5
    )
    level = np.zeros(LEARNED + DRAWN)
    for day in range(1, len(level)):
        level[day] = 0.7 * level[day - 1] + 0.25 * rng.normal()
    campaign = np.where(rng.random(len(hours)) < 0.02, rng.geometric(0.1, len(hours)), 1)
    tasks = jobs / 24.5 / len(hours) * shape / shape.mean() * np.exp(level)[hours // 24]
    begun = rng.poisson(tasks) * campaign
    starts = np.repeat(hours, begun) * 3600 + rng.integers(0, 3600, begun.sum())
    sizes = np.minimum(rng.geometric(1 / (1 + rng.lognormal(2.2, 1.3, len(starts)))), 5000)
    pace = np.repeat(rng.lognormal(9.5, 1.5, len(starts)), sizes)
    task = np.repeat(np.arange(len(starts)), sizes)
    times = starts[task] + np.minimum(rng.exponential(pace), 12 * 86400).astype(np.int64)
    epoch = int(np.datetime64(FIRST.start, "s").astype(np.int64))
    inside = times < len(hours) * 3600
    micros = (times[inside] + epoch) * 1_000_000
    n = len(micros)
    names = ("computingsite", "project", "prodstep", "datatype", "jobstatus")
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), ["x"]).cast(pa.string())
    return pa.table(
        {
            "creationtime": pa.array(micros).cast(pa.timestamp("us")),
            **dict.fromkeys(names, text),
            **dict.fromkeys(("ninputdatafiles", "inputfilebytes"), pa.array(np.ones(n, np.int64))),
            "workload_gflop": np.ones(n),
            "jeditaskid": task[inside],
        }
    )


def hourly(table: pa.Table, first: Day, days: int) -> Real:
    """Jobs made in each hour of these days."""
    micros = table.column("creationtime").cast(pa.int64()).to_numpy()
    hours = micros // 3_600_000_000 - np.datetime64(first.start, "h").astype(np.int64)
    hours = hours[(hours >= 0) & (hours < days * 24)]
    return np.bincount(hours, minlength=days * 24).astype(np.float64)


def dispersion(counts: Real, hours: int) -> float:
    """Index of dispersion of the counts in bins of so many hours."""
    bins = counts[: len(counts) // hours * hours].reshape(-1, hours).sum(1)
    return float(bins.var() / bins.mean())


def autocorrelation(counts: Real) -> Real:
    """Of 1 to 168 hours."""
    centred = counts - counts.mean()
    whole = (centred**2).sum()
    return np.array([(centred[lag:] * centred[:-lag]).sum() / whole for lag in range(1, WEEK + 1)])


def figures(drawn: Real, real: Real) -> list[float]:
    """Distance, three indices of dispersion, 99th percentile, autocorrelation."""
    return [
        wasserstein_distance(drawn, real) / real.mean(),
        *(dispersion(drawn, h) / dispersion(real, h) for h in (1, 6, 24)),
        float(np.quantile(drawn, 0.99) / np.quantile(real, 0.99)),
        float(np.abs(autocorrelation(drawn) - autocorrelation(real)).mean()),
    ]


def ways(past: Real, arrivals: Arrivals) -> dict[str, Callable[[int], Real]]:
    """How to draw the hourly counts of the last days, by seed."""
    window = Window(FIRST.plus(LEARNED), FIRST.plus(LEARNED + DRAWN))
    week = past.reshape(-1, WEEK).mean(0)
    mean, excess = past.mean(), past.var() / past.mean() ** 2 - 1 / past.mean()

    def rng(seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)

    def tiled(rows: Real) -> Real:
        return np.tile(rows, DRAWN // 7)

    hours = DRAWN * 24
    return {
        "the 49 days before (floor)": lambda seed: past[-hours:],
        "independent times": lambda seed: rng(seed).poisson(mean, hours).astype(float),
        "Poisson by hour of the week": lambda seed: rng(seed).poisson(tiled(week)).astype(float),
        "negative binomial by hour": lambda seed: (
            rng(seed).poisson(rng(seed + 99).gamma(1 / excess, mean * excess, hours)).astype(float)
        ),
        "**tasks, then jobs**": lambda seed: hourly(
            arrivals.sample(window, seed), window.first, DRAWN
        ),
    }


def main() -> None:
    """Print the table and what it cost."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--jobs", type=int, default=1_343_792)
    asked.add_argument("--seeds", type=int, default=8)
    given = asked.parse_args()
    table = made(given.jobs)
    counts = hourly(table, FIRST, LEARNED + DRAWN)
    past, real = counts[: LEARNED * 24], counts[LEARNED * 24 :]
    border = pa.scalar(FIRST.plus(LEARNED).start, pa.timestamp("us"))
    training = table.filter(pa.compute.less(table.column("creationtime"), border))
    begun = time.process_time()
    arrivals = Arrivals.fit(training)
    fitted = time.process_time()
    drawn = arrivals.sample_count(given.jobs, FIRST.plus(LEARNED), 1)
    done = time.process_time()
    print(f"{len(table):,} jobs, {len(training):,} learned from; {arrivals.rhythm.burst=:.2f}")
    print(f"fit {fitted - begun:.1f} CPU-s, {len(drawn):,} drawn in {done - fitted:.1f} CPU-s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, all in all\n")
    print("| way | distance | IDC 1 h | IDC 6 h | IDC 24 h | p99 | ACF |\n|--|--|--|--|--|--|--|")
    for name, draw in ways(past, arrivals).items():
        means = np.mean([figures(draw(seed), real) for seed in range(given.seeds)], axis=0)
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in means) + " |")


if __name__ == "__main__":
    main()

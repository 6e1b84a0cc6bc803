"""When jobs come: how many an hour, how bursty, and at which hours of the week."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import wasserstein_distance

from gridlens.generator.judgement.lens import thinned
from gridlens.generator.judgement.score import Score, score

Hours = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float64]
MOST_LAGS = WEEK = 168
_HOUR = 3600 * 10**6
_MONDAY = 4 * 24  # 1970-01-05 was one: hours since the epoch


def time_structure(drawn: pa.Table, real: pa.Table, seed: int) -> Iterator[Score]:
    """Jobs an hour by ``creationtime``, drawn against real.

    The busier side is thinned at random to the other's jobs an hour, since dispersion grows with
    the rate; the windows may be of different days and lengths. The first and the last hundredth of
    the jobs are left out: jobs that ended in a window were made in it, but for a few long before.
    Nothing is said where either has no times.
    """
    ours, theirs = _same_rate(_hours(drawn), _hours(real), np.random.default_rng(seed))
    if not len(ours) or not len(theirs):
        return
    a, b = (np.bincount(hours - hours.min()).astype(np.float64) for hours in (ours, theirs))
    yield score("hourly_wasserstein", wasserstein_distance(a, b) / b.mean())
    for width in (1, 6, 24):
        yield score(f"dispersion_{width}h", _ratio(dispersion(a, width), dispersion(b, width)))
    yield score("autocorrelation", _autocorrelation_difference(a, b))
    yield score("busiest_hours", _ratio(np.percentile(a, 99), np.percentile(b, 99)))
    profile = week_profile_difference(ours, theirs)
    if profile is not None:
        yield score("week_profile", profile)


def halves(table: pa.Table) -> tuple[pa.Table, ...]:
    """The jobs of a window's first and of its second half: a real window, and the one before it."""
    hours = _hours(table)
    middle = (hours.min() + hours.max() + 1) // 2 * _HOUR if len(hours) else 0
    times = table.column("creationtime").cast(pa.int64())
    return tuple(table.filter(side(times, middle)) for side in (pc.less, pc.greater_equal))


def dispersion(counts: Counts, width: int) -> float:
    """Variance over mean of the counts of ``width`` hours together (Gusella 1991).

    1 of a Poisson process; the last hours, if fewer, are left out; 0 where there are less than two
    such spans.
    """
    spans = counts[: len(counts) // width * width].reshape(-1, width).sum(axis=1)
    return float(spans.var() / spans.mean()) if len(spans) > 1 and spans.any() else 0.0


def autocorrelation(counts: Counts, lags: int) -> Counts:
    """Of hourly counts at 1 to ``lags`` hours; 0 where they are constant."""
    apart = counts - counts.mean()
    power = float(apart @ apart)
    if not power:
        return np.zeros(lags)
    return np.array([apart[:-lag] @ apart[lag:] for lag in range(1, lags + 1)]) / power


def week_profile_difference(ours: Hours, theirs: Hours) -> float | None:
    """Half the summed difference of the shares of each hour of the week, 0 to 1.

    Jobs are counted by how often a window holds that hour of the week; hours that are not in both
    windows are left out. None where no hour is, or where one side has no jobs in them.
    """
    (jobs, spans), (jobs_real, spans_real) = (_of_week(hours) for hours in (ours, theirs))
    both = (spans > 0) & (spans_real > 0)
    a, b = jobs[both] / spans[both], jobs_real[both] / spans_real[both]
    if not a.sum() or not b.sum():
        return None
    return float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)


def _of_week(hours: Hours) -> tuple[Counts, Counts]:
    """For each hour of the week the jobs in it, and how often the window has it."""
    every = np.arange(hours.min(), hours.max() + 1)
    jobs, spans = (np.bincount((h - _MONDAY) % WEEK, minlength=WEEK) for h in (hours, every))
    return jobs.astype(np.float64), spans.astype(np.float64)


def _hours(table: pa.Table) -> Hours:
    """Hours since 1970 of the jobs between the first and the last hundredth, in order."""
    times = np.sort(table.column("creationtime").drop_null().cast(pa.int64()).to_numpy())
    beside = len(times) // 100
    return np.asarray(times[beside : len(times) - beside] // _HOUR)


def _same_rate(ours: Hours, theirs: Hours, rng: np.random.Generator) -> tuple[Hours, Hours]:
    if not len(ours) or not len(theirs):
        return ours, theirs
    rate = min(len(hours) / _span(hours) for hours in (ours, theirs))
    ours, theirs = (
        hours[thinned(len(hours), round(rate * _span(hours)), rng)] for hours in (ours, theirs)
    )
    return ours, theirs


def _span(hours: Hours) -> int:
    return int(hours.max() - hours.min()) + 1


def _autocorrelation_difference(a: Counts, b: Counts) -> float:
    lags = min(MOST_LAGS, len(a) - 1, len(b) - 1)
    if lags < 1:
        return 0.0
    return float(np.abs(autocorrelation(a, lags) - autocorrelation(b, lags)).mean())


def _ratio(ours: float, real: float) -> float:
    """Their ratio; 1 where both are 0."""
    if real:
        return ours / real
    return 1.0 if ours == real else float("inf")

"""How often tasks begin: by hour and weekday, with good and bad days, and in bursts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gridlens.generator.arrivals.history import Real, Whole

WEEK_H = 168
# How many hours it takes until an hour of the day, a weekday, an hour of the week is trusted to one
# half: with eight days the first is trusted to 8/11, the second to 1/4, the third to 1/5.
_HOURS_TO_TRUST = (3, 72, 4)
_DAYS_TO_TRUST = 7  # until the memory from day to day is trusted to one half


@dataclass(frozen=True)
class Rhythm:
    """The intensity with which tasks begin: shape of the week x level of the day x burst.

    The level is log-normal, and its logarithm goes on from day to day (AR(1)); a burst is a gamma
    factor of one hour. Both have mean 1.

    Attributes:
        shape: of the 168 hours of a week from Monday 0:00, relative; their mean is 1.
        burst: variance of an hour's factor.
        spread: standard deviation of the logarithm of a day's level.
        memory: correlation of that logarithm on two days, one after the other.
        last_level: its deviation from the mean on the training window's last day.
        last_day: that day, counted from 1970.
    """

    shape: tuple[float, ...]
    burst: float
    spread: float
    memory: float
    last_level: float
    last_day: int

    @classmethod
    def learn(cls, hours: Whole, counts: Whole) -> Rhythm:
        """Learn from the number of starts in each hour since 1970.

        By moments, so that what a Poisson process does by chance is not taken for a rhythm:
        two hours of a day vary together by the day's level, two days by its memory, and an hour
        by itself by level, burst and chance.
        """
        counts = counts if counts.any() else np.ones_like(counts)  # no start seen: a steady stream
        mean = float(counts.mean())
        shape = _shape(hours, counts, mean)
        due = mean * shape[_hour_of_week(hours)]
        days = hours // 24 - hours[0] // 24
        expected, squares = np.bincount(days, due), np.bincount(days, due**2)
        more = np.bincount(days, counts - due)
        alone = float(((counts - due) ** 2).sum())
        level = max(_ratio((more**2).sum() - alone, (expected**2 - squares).sum()), 0.0)
        hourly = _ratio(alone - counts.sum(), squares.sum())
        burst = max((1 + hourly) / (1 + level) - 1, 0.0)
        neighbours = _ratio((more[1:] * more[:-1]).sum(), (expected[1:] * expected[:-1]).sum())
        chance = 1 / expected[-1] + burst * squares[-1] / expected[-1] ** 2
        last = math.log1p(max(more[-1] / expected[-1], -0.9)) * _ratio(level, level + chance)
        spread = math.log1p(level) ** 0.5
        memory = _memory(neighbours, spread, len(expected))
        return cls(tuple(shape.tolist()), burst, spread, memory, last, int(hours[-1] // 24))

    def days(self, first: int, count: int, rng: np.random.Generator) -> Iterator[tuple[int, Real]]:
        """Day after day: its number since 1970, and its 24 relative intensities.

        Days after the training window go on from its last level, which fades, also where the
        first day lies within the window, as tasks of then bring jobs of now.
        """
        ahead = first - self.last_day
        kept = self.memory**ahead if ahead > 0 else 0.0
        level = kept * self.last_level + self._noise(kept, rng)
        for day in range(first, first + count):
            level = self.last_level if day == self.last_day else level
            hours = _hour_of_week(day * 24 + np.arange(24))
            mean = math.exp(level - self.spread**2 / 2)
            yield day, mean * np.asarray(self.shape)[hours] * self._bursts(rng)
            level = self.memory * level + self._noise(self.memory, rng)

    def to_json(self) -> dict[str, Any]:
        """Everything that was learned, as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Rhythm:
        """Read what ``to_json`` gave."""
        return cls(**{**given, "shape": tuple(given["shape"])})

    def _noise(self, kept: float, rng: np.random.Generator) -> float:
        return float(rng.normal(0, self.spread * (1 - kept**2) ** 0.5))

    def _bursts(self, rng: np.random.Generator) -> Real:
        return rng.gamma(1 / self.burst, self.burst, 24) if self.burst else np.ones(24)


def _hour_of_week(hours: Whole) -> Whole:
    return (hours + 3 * 24) % WEEK_H  # 1970 began on a Thursday


def _shape(hours: Whole, counts: Whole, mean: float) -> Real:
    """Hour of the day, then weekday, then hour of the week: each as far as it is trusted."""
    seen = _hour_of_week(hours)
    week = np.arange(WEEK_H)
    shape: Real = np.ones(WEEK_H)
    for to_trust, group in zip(_HOURS_TO_TRUST, (week % 24, week // 24, week), strict=True):
        had = np.bincount(group[seen], counts, group.max() + 1)
        due = np.bincount(group[seen], mean * shape[seen], group.max() + 1)
        slots = np.bincount(group[seen], minlength=group.max() + 1)
        trust = slots / (slots + to_trust)
        factor = 1 - trust + trust * np.divide(had, due, out=np.ones_like(due), where=due > 0)
        shape = shape * factor[group]
    return np.asarray(shape / shape.mean())


def _memory(neighbours: float, spread: float, days: int) -> float:
    """From the covariance of neighbouring days, shrunk towards none where there are few days."""
    if spread == 0:
        return 0.0
    correlation = math.log1p(min(max(neighbours, 0.0), math.expm1(0.95 * spread**2))) / spread**2
    return correlation * days / (days + _DAYS_TO_TRUST)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0

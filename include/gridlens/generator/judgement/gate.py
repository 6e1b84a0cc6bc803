"""May an engine's draws become the champion's?"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gridlens.generator.judgement.score import Judgement, value_of

_SEEN = 0.9
_RATCHET = 2.0  # times what unseen rows allow: many small steps down are one large one


@dataclass(frozen=True)
class Verdict:
    """What the gate says.

    Attributes:
        passed: every limit was kept.
        reasons: one sentence a limit, with both numbers: those that are broken, or else all.
    """

    passed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    """What one score of the whole workload must keep.

    Attributes:
        metric: its name.
        because: what it stands for.
        bounds: numbers by the kind of bound, as ``gates.toml`` describes them.
    """

    metric: str
    because: str
    bounds: Mapping[str, float]

    def held(self, judgement: Judgement, champion: Judgement | None) -> tuple[bool, str]:
        """Whether a judgement keeps it, and a sentence that says so with both numbers."""
        value, real = (
            value_of(scores, self.metric) for scores in (judgement.engine, judgement.holdout)
        )
        if not (math.isfinite(value) and math.isfinite(real)):
            says = f"{value:.4g}, and {real:.4g} of unseen real rows"
            return False, f"{self.metric} is {says}: without a number nothing passes"
        lower = min(self.bounds.get("least", -math.inf), real)
        most, source = max(self._uppers(judgement, champion), default=(math.inf, ""))
        if value < lower:
            return False, self._says(value, f"below {lower:.4g}; wanted")
        if value > most:
            return False, self._says(value, f"above {most:.4g} ({source}); wanted")
        limit = f"within {most:.4g} ({source})" if source else f"at least {lower:.4g}"
        return True, self._says(value, limit)

    def _says(self, value: float, limit: str) -> str:
        return f"{self.metric} is {value:.4g}, {limit}: {self.because}"

    def _uppers(
        self, judgement: Judgement, champion: Judgement | None
    ) -> Iterator[tuple[float, str]]:
        """Upper bounds that are known, each with where it is from; none if there is no upper."""
        if self.bounds.keys() == {"least"}:
            return
        real = value_of(judgement.holdout, self.metric)
        leak = value_of(judgement.bootstrap, self.metric)
        best = value_of(champion.engine, self.metric) if champion else math.nan
        bound = {"holdout_times": 1.0, "holdout_plus": 0.0, **self.bounds}
        share = bound.get("leak_share", math.nan)
        candidates = (
            (bound.get("most", math.nan), "for any engine"),
            (bound["holdout_times"] * real, f"unseen real rows have {real:.4g}"),
            (real + bound["holdout_plus"], f"unseen real rows have {real:.4g}"),
            (self._of_champion(best, real), f"the champion has {best:.4g}"),
            (real + share * (leak - real), f"real rows {real:.4g}, a leak {leak:.4g}"),
        )
        yield from ((value, source) for value, source in candidates if math.isfinite(value))

    def _of_champion(self, best: float, real: float) -> float:
        """What the champion allows: never twice what unseen rows allow, however it got there."""
        most = _RATCHET * self.bounds.get("holdout_times", math.nan) * real
        return min(self.bounds.get("champion_times", math.nan) * best, most)


def decide(engine: str, judgement: Judgement, champion: Judgement | None = None) -> Verdict:
    """Hold a judgement against the limits of its engine.

    Args:
        engine: its name; limits differ by engine.
        judgement: of what it drew.
        champion: of what the present champion drew, on the same split; None: there is none.

    Returns:
        The verdict. A score that is missing or no number breaks its limit, and nothing passes
        judges who do not see that training rows drawn again are copies.
    """
    held = [limit.held(judgement, champion) for limit in limits(engine)]
    broken = (*_blind(judgement), *(reason for kept, reason in held if not kept))
    return Verdict(not broken, broken or tuple(reason for _, reason in held))


def _blind(judgement: Judgement) -> Iterator[str]:
    copies = value_of(judgement.bootstrap, "copies")
    if not copies > _SEEN:
        yield (
            f"copies is {copies:.4g} of training rows drawn again, where it must be 1: the judges "
            "do not see a leak in these rows"
        )


def limits(engine: str) -> tuple[Limit, ...]:
    """The limits of an engine, in the order of ``gates.toml``."""
    known = thresholds()
    own = known["engines"].get(engine, {})
    entries = {name: {**entry, **own.get(name, {})} for name, entry in known["metrics"].items()}
    return tuple(
        Limit(name, entry.pop("because"), {kind: float(n) for kind, n in entry.items()})
        for name, entry in entries.items()
    )


@cache
def thresholds() -> dict[str, Any]:
    """The entries of ``gates.toml``."""
    text = (files("gridlens.generator.judgement") / "gates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)

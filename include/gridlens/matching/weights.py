"""How much each level of a comparison speaks for a link: the weights, kept as data."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gridlens.errors import ModelError
from gridlens.matching.comparisons import LEVELS

Shares = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Weights:
    """A Fellegi-Sunter model of the candidate pairs.

    Attributes:
        prior: share of candidate pairs that are links.
        linked: share of links at each level of each comparison.
        unlinked: the same of pairs that are no links.
        fitted_on: what the shares were counted on.
    """

    prior: float
    linked: Shares
    unlinked: Shares
    fitted_on: str

    @classmethod
    def parse(cls, text: str) -> Weights:
        """Read the file that ``text`` writes.

        Raises:
            ModelError: a share is missing, or is not above 0 and below 1.
        """
        data = tomllib.loads(text)
        try:
            sides = [
                {name: {at: float(data[name][at][side]) for at in LEVELS[name]} for name in LEVELS}
                for side in (0, 1)
            ]
            found = cls(float(data["prior"]), sides[0], sides[1], str(data["fitted_on"]))
        except (KeyError, IndexError) as error:
            raise ModelError(f"the link weights lack {error}: fit them again") from None
        shares = [s for side in sides for levels in side.values() for s in levels.values()]
        if not all(0 < share < 1 for share in (found.prior, *shares)):
            raise ModelError("a share of the link weights is not between 0 and 1: fit them again")
        return found

    def text(self) -> str:
        """The file: provenance, the prior, and for each level the shares of links and others."""
        lines = [f'fitted_on = "{self.fitted_on}"', f"prior = {_written(self.prior)}"]
        for name, levels in LEVELS.items():
            lines += ["", f"[{name}] # level = [share of links, share of other pairs]"]
            lines += [
                f"{at} = [{_written(self.linked[name][at])}, {_written(self.unlinked[name][at])}]"
                for at in levels
            ]
        return "\n".join(lines) + "\n"

    def bits(self, name: str, at: str) -> float:
        """What a level adds to the log-odds, base 2."""
        return round(math.log2(self.linked[name][at] / self.unlinked[name][at]), 4)

    @property
    def prior_bits(self) -> float:
        """Log-odds of a pair of which nothing is known, base 2."""
        return round(math.log2(self.prior / (1 - self.prior)), 4)


def _written(share: float) -> str:
    # Digits, not decimals: a rare level is not 0. Nine, so that all but every pair is not 1.
    return f"{share:.9g}"


@cache
def packaged_weights() -> Weights:
    """The weights that come with the package."""
    return Weights.parse((files("gridlens.matching") / "weights.toml").read_text("utf-8"))

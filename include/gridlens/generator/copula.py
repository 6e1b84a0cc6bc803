"""Normal copula: every variable's own distribution, and one correlation between each two."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from gridlens.generator.encoding import MISSING, VALUE, ZERO, Codes, Encoded, Encoding, Numbers
from gridlens.generator.given import Given
from gridlens.generator.normal import draw, draw_within, times

_LEVELS = (np.arange(1000) + 0.5) / 1000  # of the quantiles that are kept
_STATES = np.array([MISSING, ZERO, VALUE])  # of a number, from the lowest
_SHRINK = 1e-6  # of all correlations, so that no two numbers are the same


@dataclass(frozen=True)
class Copula:
    """Each variable is read off a normal number of its own; these numbers are correlated.

    Source: Nelsen (2006), An Introduction to Copulas, sec. 2.3; categories as intervals of the
    number, the most frequent first, as in Patki, Wedge and Veeramachaneni (2016), The Synthetic
    Data Vault, sec. III.

    What is saved holds no rows: names of categories with their shares, 1,000 quantiles a number,
    and correlations. Its outermost quantiles lie inside the smallest and largest real value, and
    nothing beyond them is drawn; of fewer than 1,000 rows they come close to single real values.

    Attributes:
        encoding: of the training rows; its numbers end at the outermost quantiles.
        ends: for each column of codes the share up to and with each code; a number's states from
            the lowest.
        quantiles: numbers x quantiles, scaled.
        correlation: between categories, then numbers, of their normal numbers.
    """

    encoding: Encoding
    ends: tuple[Numbers, ...]
    quantiles: Numbers
    correlation: Numbers
    holds_real_rows: ClassVar[bool] = False

    @classmethod
    def fit(cls, table: pa.Table, seed: int, *, correlated: bool = True) -> Copula:
        """Learn distributions and correlations; the seed changes nothing.

        Args:
            table: a workload.
            seed: taken as by every engine.
            correlated: if not, all variables are independent.

        Raises:
            InputError: the table is no workload, or has no rows.
        """
        encoding = Encoding.learn(table)
        rows = encoding.encode(table)
        ranks = _ranked(rows, encoding)
        states = rows.codes[:, len(encoding.categories) :].T
        values = (x[state == VALUE] for state, x in zip(states, rows.numbers.T, strict=True))
        quantiles = np.stack([np.quantile(x if len(x) else [0.0], _LEVELS) for x in values])
        return cls(
            _bounded(encoding, quantiles),
            tuple(_ends(c, k) for c, k in zip(ranks.codes.T, encoding.code_counts, strict=True)),
            quantiles,
            _correlation(ranks) if correlated else np.eye(ranks.codes.shape[1]),
        )

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw that many jobs, see ``Engine.sample``; any learned categories go together."""
        rng = np.random.default_rng(seed)
        if given is None:
            return self.encoding.decode(self._rows(ndtr(draw(self.correlation, n, rng))))
        fixed = Given.of(given, self.encoding, n)
        low, high = self._intervals(fixed)
        normal = draw_within(self.correlation, fixed.columns, low, high, rng)
        rows = self._rows(ndtr(normal))
        rows.codes[:, fixed.columns] = fixed.wanted  # a number on an edge may round to the next
        return self.encoding.decode(rows)

    def save(self, folder: Path) -> None:
        """Write ``encoding.json`` and ``copula.npz``."""
        (folder / "encoding.json").write_text(json.dumps(self.encoding.to_json()))
        arrays: dict[str, Any] = {f"ends_{i:02}": end for i, end in enumerate(self.ends)}
        arrays |= {"quantiles": self.quantiles, "correlation": self.correlation}
        np.savez_compressed(folder / "copula.npz", **arrays)

    @classmethod
    def load(cls, folder: Path) -> Copula:
        """Read what ``save`` wrote."""
        encoding = Encoding.from_json(json.loads((folder / "encoding.json").read_text()))
        with np.load(folder / "copula.npz", allow_pickle=False) as found:
            ends = tuple(found[name] for name in sorted(found) if name.startswith("ends_"))
            return cls(encoding, ends, found["quantiles"], found["correlation"])

    def _intervals(self, fixed: Given) -> tuple[Numbers, Numbers]:
        """Where the given categories begin and end: rows x given columns, as probabilities."""
        ends = [np.append(0.0, self.ends[column]) for column in fixed.columns]
        low = [end[codes] for end, codes in zip(ends, fixed.wanted.T, strict=True)]
        high = [end[codes + 1] for end, codes in zip(ends, fixed.wanted.T, strict=True)]
        return np.stack(low, axis=1), np.stack(high, axis=1)

    def _rows(self, levels: Numbers) -> Encoded:
        """Read every variable off its probability."""
        columns = zip(self.ends, levels.T, strict=True)
        places = [np.searchsorted(end[:-1], level, "right") for end, level in columns]
        first = len(self.encoding.categories)
        numbers = [
            np.interp((level - end[1]) / max(1 - end[1], _SHRINK), _LEVELS, quantiles)
            for end, level, quantiles in zip(
                self.ends[first:], levels.T[first:], self.quantiles, strict=True
            )
        ]
        states = [_STATES[place] for place in places[first:]]
        return Encoded(
            np.stack([*places[:first], *states], axis=1).astype(np.int32), np.stack(numbers, axis=1)
        )


def _ranked(rows: Encoded, encoding: Encoding) -> Encoded:
    """The rows with a number's states counted from the lowest."""
    codes = rows.codes.copy()
    states = codes[:, len(encoding.categories) :]
    states[:] = np.argsort(_STATES)[states]
    return Encoded(codes, rows.numbers)


def _ends(codes: Codes, count: int) -> Numbers:
    ends: Numbers = np.cumsum(np.bincount(codes, minlength=count)) / len(codes)
    return ends


def _correlation(ranks: Encoded) -> Numbers:
    """Between the normal scores of all columns; a constant column goes with none."""
    first = ranks.codes.shape[1] - ranks.numbers.shape[1]
    keys = [*ranks.codes[:, :first].T, *_keys(ranks, first)]
    scores = np.stack([ndtri((rankdata(key) - 0.5) / len(ranks)) for key in keys])
    scores -= scores.mean(axis=1, keepdims=True)
    deviations = np.sqrt(np.mean(scores**2, axis=1, keepdims=True))
    scores /= np.where(deviations > _SHRINK, deviations, np.inf)
    products = times(scores, scores) / len(ranks)
    np.fill_diagonal(products, 1.0)
    return products * (1 - _SHRINK) + np.eye(len(products)) * _SHRINK


def _keys(ranks: Encoded, first: int) -> Numbers:
    """Numbers in the order of state, then value: numbers x rows."""
    width = 2 * np.abs(ranks.numbers).max(axis=0) + 1
    keys: Numbers = ranks.codes[:, first:] * width + ranks.numbers
    return keys.T


def _bounded(encoding: Encoding, quantiles: Numbers) -> Encoding:
    """The encoding with the outermost quantiles for the smallest and largest real values."""
    codes = np.zeros((2, len(encoding.code_names)), np.int32)  # of a number: it has a value
    ends = encoding.decode(Encoded(codes, quantiles[:, [0, -1]].T))
    scales = {}
    for name, scale in encoding.scales.items():
        column = ends.column(name)
        values = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        least, most = values.to_pylist()
        scales[name] = replace(scale, least=float(least), most=float(most))
    return replace(encoding, scales=scales)

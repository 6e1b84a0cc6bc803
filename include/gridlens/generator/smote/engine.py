"""The engine: training rows and who is near whom; all else is drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.errors import InputError, SettingsError
from gridlens.generator.encoding import Encoded, Encoding
from gridlens.generator.given import Given
from gridlens.generator.smote.distance import Ids, Neighbours
from gridlens.generator.smote.drawing import between, mixed, voted
from gridlens.generator.smote.neighbours import nearest

Mode = Literal["draw", "paper"]
_CHUNK = 1 << 16  # rows drawn at once; part of what a seed means


@dataclass(frozen=True, eq=False)
class Smote:
    """SMOTE for nominal and continuous variables (Chawla et al. 2002, sec. 6.1).

    A new job is made of a training row, its base, and one of its k nearest rows of the same job
    status. Mode ``paper`` is SMOTE-NC as the introspective paper has it (sec. 5): numbers lie
    anywhere between the two, and each category is the most frequent among all k neighbours, so
    rare ones become rarer. Mode ``draw`` takes all categories and states together from one of the
    two, with the same chance, so that every combination is one that was there; numbers keep away
    from both ends by ``spread``, so that fewer are nearly copies, and spread a little less.

    Both work on the encoded rows: that a number is zero or missing is a category there. Only where
    all neighbours of a row have its very numbers, as in bulks of equal jobs, is it drawn as it was.

    Attributes:
        encoding: of the training rows.
        rows: the training rows.
        near: rows x k: ids of each row's nearest rows, nearest first.
        mode: ``draw`` or ``paper``.
        spread: least and largest share of the way from base to neighbour in mode ``draw``.
    """

    holds_real_rows: ClassVar[bool] = True

    encoding: Encoding
    rows: Encoded
    near: Neighbours
    mode: Mode
    spread: tuple[float, float]

    @classmethod
    def fit(
        cls,
        table: pa.Table,
        seed: int,
        *,
        mode: Mode = "draw",
        neighbours: int = 5,
        spread: tuple[float, float] = (0.25, 0.75),
    ) -> Self:
        """Find the neighbours of all training rows.

        Args:
            table: a workload of two rows or more.
            seed: of the search among many rows.
            mode: see the class.
            neighbours: how many of each row.
            spread: see the class.

        Raises:
            InputError: the table is no workload, or has fewer than two rows.
            SettingsError: an option is out of its range.
        """
        if mode not in get_args(Mode) or neighbours < 1 or not 0 <= spread[0] <= spread[1] <= 1:
            raise SettingsError(
                f"SMOTE cannot be fitted with mode '{mode}', {neighbours} neighbours and spread "
                f"{spread}: choose draw or paper, 1 or more, and two shares in order within 0 to 1"
            )
        encoding = Encoding.learn(table)
        if len(table) < 2:
            raise InputError(
                "SMOTE draws between two jobs, and the training table has one: choose a longer "
                "window"
            )
        rows = encoding.encode(table)
        status = rows.codes[:, encoding.code_names.index("jobstatus")].astype(np.int64)
        near = nearest(rows, status, neighbours, seed, twins_last=mode == "draw")
        return cls(encoding, rows, near, mode, spread)

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw that many jobs; see ``Engine``.

        Base rows are drawn from the training rows that have the given categories, and the new
        rows keep these.
        """
        random = np.random.default_rng(seed)
        bases, fixed = self._bases(n, given, random)
        draw = self._draw if self.mode == "draw" else self._paper
        chunks = range(0, max(n, 1), _CHUNK)
        return pa.concat_tables(
            self.encoding.decode(draw(bases[start : start + _CHUNK], fixed, random))
            for start in chunks
        )

    def save(self, folder: Path) -> None:
        """Write the training rows, their neighbours and the encoding into an empty folder."""
        names = self.encoding.code_names
        rows = dict(zip(names, self.rows.codes.T, strict=True))
        scaled = [f"{name}_scaled" for name in self.encoding.scales]
        rows |= zip(scaled, self.rows.numbers.T, strict=True)
        near = {f"neighbour_{i}": ids for i, ids in enumerate(self.near.T, 1)}
        pq.write_table(pa.table(rows), folder / "rows.parquet", compression="zstd")
        pq.write_table(pa.table(near), folder / "neighbours.parquet", compression="zstd")
        learned = {"mode": self.mode, "spread": self.spread, "encoding": self.encoding.to_json()}
        (folder / "encoding.json").write_text(json.dumps(learned))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; who calls has checked the files' hashes."""
        learned = json.loads((folder / "encoding.json").read_text())
        encoding = Encoding.from_json(learned["encoding"])
        matrix = _columns(pq.read_table(folder / "rows.parquet"))
        width = len(encoding.code_names)
        rows = Encoded(np.stack(matrix[:width], axis=1), np.stack(matrix[width:], axis=1))
        near = np.stack(_columns(pq.read_table(folder / "neighbours.parquet")), axis=1)
        return cls(encoding, rows, near, learned["mode"], tuple(learned["spread"]))

    def _bases(
        self, n: int, given: pa.Table | None, random: np.random.Generator
    ) -> tuple[Ids, list[int]]:
        """A base for each row to draw, and the columns of codes that it decides alone."""
        if given is None:
            return random.integers(len(self.rows), size=n), []
        wanted = Given.of(given, self.encoding, n)
        return wanted.pick(self.rows.codes, np.ones(len(self.rows)), random), list(wanted.columns)

    def _draw(self, base: Ids, fixed: list[int], random: np.random.Generator) -> Encoded:
        partner = self._partner(base, random)
        is_kept = (self.rows.codes[partner] == self.rows.codes[base])[:, fixed].all(axis=1)
        donor = np.where(is_kept & (random.random(len(base)) < 0.5), partner, base)
        share = random.uniform(*self.spread, len(base))
        return mixed(self.rows, base, partner, donor, share)

    def _paper(self, base: Ids, fixed: list[int], random: np.random.Generator) -> Encoded:
        partner = self._partner(base, random)
        numbers = between(self.rows, base, partner, random.random(len(base)))
        ties = random.random((*self.near[base].shape, self.rows.codes.shape[1]))
        codes = voted(self.rows.codes, self.near[base], ties)
        codes[:, fixed] = self.rows.codes[base][:, fixed]
        return Encoded(codes, numbers)

    def _partner(self, base: Ids, random: np.random.Generator) -> Ids:
        which = random.integers(self.near.shape[1], size=len(base))
        return self.near[base, which].astype(np.int64)


def _columns(table: pa.Table) -> list[npt.NDArray[Any]]:
    return [column.to_numpy() for column in table.columns]

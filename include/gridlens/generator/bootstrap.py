"""Training rows drawn again: what a leak looks like when it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.generator.encoding import Encoding
from gridlens.generator.given import Given


@dataclass(frozen=True)
class Bootstrap:
    """The training table itself, drawn from with replacement (Efron 1979).

    As near to the training rows as can be, and without any privacy: an anchor, which the gate
    keeps out.

    Attributes:
        rows: the training rows, groups left out.
    """

    rows: pa.Table
    holds_real_rows: ClassVar[bool] = True

    @classmethod
    def fit(cls, table: pa.Table, seed: int) -> Bootstrap:
        """Keep the rows; the seed changes nothing.

        Raises:
            InputError: the table is no workload, or has no rows.
        """
        return cls(table.select([v.name for v in Encoding.learn(table).variables]).combine_chunks())

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw that many rows, see ``Engine.sample``; what is given is as in the rows."""
        rng = np.random.default_rng(seed)
        if given is None:
            return self.rows.take(rng.integers(0, len(self.rows), n))
        encoding = Encoding.learn(self.rows)
        codes = encoding.encode(self.rows).codes
        return self.rows.take(Given.of(given, encoding, n).pick(codes, np.ones(len(codes)), rng))

    def save(self, folder: Path) -> None:
        """Write ``rows.parquet``."""
        pq.write_table(self.rows, folder / "rows.parquet", compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> Bootstrap:
        """Read what ``save`` wrote."""
        return cls(pq.read_table(folder / "rows.parquet").combine_chunks())

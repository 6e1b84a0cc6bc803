"""Rows put in the order of their key, in memory that does not grow with their number.

As they arrive, rows are sorted in runs and written as they stand in memory, in small pieces. The
runs are then read side by side, one range of keys after another. (An engine's own sort holds far
more than its limit, and is four times slower once it spills.)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

# Bytes of a run, and of the rows of one range of keys: a few of either are in memory at once.
_RUN, _RANGE = 32 * 2**20, 32 * 2**20
# Most rows and bytes of a piece: of each run, a range reads some, and a little too much of two.
_PIECE, _PIECE_BYTES = 256, 2**18


@dataclass(frozen=True)
class _Piece:
    """First and last key of some rows of a run; None for a key that is missing."""

    first: Any
    last: Any

    def meets(self, start: Any, end: Any) -> bool:
        """Whether some of its keys may be in [start, end); None is no bound."""
        return (end is None or self.first is None or self.first < end) and (
            start is None or (self.last is not None and self.last >= start)
        )


class Runs:
    """Takes rows in any order and gives them in the order of their key.

    Use it as a context manager while rows are added; when it is closed, they can be read.

    Args:
        path: of the file that they rest in.
        schema: of the rows.
        key: columns that give the order; by the first, rows are divided in ranges.

    Attributes:
        rows: how many have been taken in.
    """

    def __init__(self, path: Path, schema: pa.Schema, key: Sequence[str]) -> None:
        self._path, self._schema, self._key = path, schema, key
        self._file = ipc.new_file(path, schema)
        self._waiting: list[pa.Table] = []
        self._waiting_bytes = 0
        self._pieces: list[_Piece] = []
        self.rows = 0

    def __enter__(self) -> Runs:
        """The runs themselves."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def add(self, rows: pa.Table) -> None:
        """Take in rows."""
        self.rows += len(rows)
        self._waiting.append(rows)
        self._waiting_bytes += rows.nbytes
        if self._waiting_bytes >= _RUN:
            self._write()

    def close(self) -> None:
        """Write what is left; from now on the rows can be read."""
        self._write()
        self._file.close()

    def _write(self) -> None:
        run = in_order(pa.concat_tables([self._schema.empty_table(), *self._waiting]), self._key)
        self._waiting, self._waiting_bytes = [], 0
        size = min(_PIECE, max(1, _PIECE_BYTES * len(run) // max(run.nbytes, 1)))
        for piece in run.to_batches(size):
            self._file.write_batch(piece)
            keys = piece.column(self._key[0])
            self._pieces.append(_Piece(keys[0].as_py(), keys[-1].as_py()))

    def ranges(self) -> Iterator[pa.Table]:
        """The rows in the order of their key; all rows of a key come together."""
        with pa.OSFile(str(self._path)) as file:
            reader = ipc.open_file(file)
            for start, end in pairwise([None, *self._bounds(), None]):
                met = (n for n, piece in enumerate(self._pieces) if piece.meets(start, end))
                parts = [self._within(reader.get_batch(n), start, end) for n in met]
                yield in_order(pa.Table.from_batches(parts, self._schema), self._key)

    def _bounds(self) -> list[Any]:
        """First values of the key that divide all rows in even ranges."""
        number = self._path.stat().st_size // _RANGE + 1
        firsts = sorted(piece.first for piece in self._pieces if piece.first is not None)
        places = (len(firsts) * n // number for n in range(1, number))
        return list(dict.fromkeys(firsts[place] for place in places if firsts))

    def _within(self, piece: pa.RecordBatch, start: Any, end: Any) -> pa.RecordBatch:
        """The rows with start <= key < end; those without a key belong to the first range."""
        keys = piece.column(self._key[0])
        first = 0 if start is None else _place(keys, start)
        last = len(keys) if end is None else _place(keys, end)
        return piece.slice(first, last - first)


def in_order(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The rows in the order of their key; what is missing comes first."""
    order = [(name, "ascending", "at_start") for name in key]
    places = pc.sort_indices(rows, sort_keys=order)
    return rows.combine_chunks().take(places)


def _place(keys: pa.Array, value: Any) -> int:
    missing = int(keys.null_count)
    given = range(missing, len(keys))
    return missing + bisect_left(given, value, key=lambda at: keys[at].as_py())

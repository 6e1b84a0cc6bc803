"""What tells whether two slices hold the same rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class Fingerprint:
    """Takes in rows in their order, and gives 32 hexadecimal digits for them.

    It rests on values alone, whatever wrote them and however they are divided. Without any rows
    it is one value, whatever their columns. It is no seal against forgery: files have a sha256.
    """

    def __init__(self) -> None:
        # Each kind of bytes of each column has a sum of its own: none runs into another, and
        # where one batch ends does not count.
        self._sums: defaultdict[tuple[str, int], hashlib._Hash] = defaultdict(hashlib.sha256)

    def update(self, rows: pa.Table) -> None:
        """Take in the next rows."""
        for batch in filter(len, rows.to_batches()):
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                for kind, part in enumerate(_parts(values)):
                    self._sums[name, kind].update(part)

    def __str__(self) -> str:
        """The digits."""
        whole = hashlib.sha256()
        for (name, kind), total in self._sums.items():
            whole.update(f"{name} {kind} {total.hexdigest()}\n".encode())
        return whole.hexdigest()[:32]


def _parts(values: pa.Array) -> Iterator[pa.Buffer]:
    """Bytes that tell of each value whether there is one, how long it is, and what it is."""
    yield _fixed(pc.is_valid(values).cast(pa.uint8()))
    if pa.types.is_list(values.type):
        yield _fixed(pc.fill_null(pc.list_value_length(values), 0))
        yield from _parts(pc.list_flatten(values))
    elif pa.types.is_string(values.type):
        texts = pc.fill_null(values, "")
        yield _fixed(pc.binary_length(texts))
        yield _text(texts)
    elif pa.types.is_floating(values.type):
        # Minus zero is zero.
        yield _fixed(pc.add(pc.fill_null(values, 0.0), 0.0))
    elif pa.types.is_boolean(values.type):
        yield _fixed(pc.fill_null(values, False).cast(pa.uint8()))
    else:
        numbers = values.view(pa.int32() if values.type.bit_width == 32 else pa.int64())
        yield _fixed(pc.fill_null(numbers, 0))


def _fixed(values: pa.Array) -> pa.Buffer:
    """Values of one width, one after another."""
    width = values.type.bit_width // 8
    return values.buffers()[1].slice(values.offset * width, len(values) * width)


def _text(texts: pa.StringArray) -> pa.Buffer:
    """The texts, one after another."""
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    start, end = ends.tolist()
    return content.slice(start, end - start) if content else pa.py_buffer(b"")

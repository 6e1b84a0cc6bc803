"""Columns of texts that are all times in a plain form, read as a whole: a fortieth of the cost."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

_MICROSECONDS = pa.timestamp("us")
# What `instant` (casts.py) reads as it stands: 2025-04-01 10:00:00, T between, UTC by name or not.
_LENGTH = 19
_UTC = pa.array(["", "Z", "+00:00"])
_EPOCH, _EARLIEST, _LATEST = (
    pa.scalar(datetime(year, 1, 1), _MICROSECONDS)  # noqa: DTZ001 - naive is UTC here
    for year in (1970, 1990, 2100)
)


def as_times(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts as times, if each is one that `instant` would read, and of our years.

    Else they come back as they are: a text that is wrong is told of as it was written.
    """
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if lengths["min"] is None or lengths["min"] < _LENGTH:
        return texts
    plain = texts
    if lengths["max"] > _LENGTH:
        plain = pc.utf8_slice_codeunits(texts, 0, _LENGTH)
        rest = pc.utf8_slice_codeunits(texts, _LENGTH)
        if not _all(pc.is_in(rest, _UTC), rest):
            return texts
    try:
        times = pc.cast(plain, _MICROSECONDS)
    except pa.ArrowInvalid:
        return texts
    is_known = pc.or_(_is_near(times), pc.equal(times, _EPOCH))
    return times if _all(is_known, times) else texts


def are_near(times: pa.ChunkedArray) -> bool:
    """Whether all times are of the years that can be true."""
    return _all(_is_near(times), times)


def _is_near(times: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(times, _EARLIEST), pc.less(times, _LATEST))


def _all(mask: pa.ChunkedArray, values: pa.ChunkedArray) -> bool:
    """Whether the mask is true wherever there is a value."""
    return bool(pc.all(pc.or_(mask, pc.is_null(values)), min_count=0).as_py())

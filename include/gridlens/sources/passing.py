"""Columns of a chunk that are already what their table wants: they pass without a cast."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.sources.chunk import NOT_ONE_VALUE
from gridlens.sources.times import are_near
from gridlens.tables import Column


def passes(column: Column, values: pa.ChunkedArray) -> bool:
    """Whether each value is of the column's type and bounds, and none means "not recorded".

    That is so of nearly every column of nearly every chunk, and one look at its least value tells.
    """
    kind = values.type
    if column.type == "VARCHAR" and pa.types.is_string(kind):
        return not pc.any(pc.equal(values, NOT_ONE_VALUE)).as_py()
    if column.type == "BIGINT" and pa.types.is_signed_integer(kind):
        least = pc.min(values).as_py()
        return least is None or _is_recorded(column, least)
    if column.type == "TIMESTAMP" and pa.types.is_timestamp(kind):
        return are_near(values)
    return False


def _is_recorded(column: Column, least: int) -> bool:
    is_allowed = column.minimum is None or least >= column.minimum
    return is_allowed and all(least > m for m in column.missing)

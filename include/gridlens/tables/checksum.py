"""The checksum of a set of rows, as a SQL aggregate: what `equal` means for slices and tables."""

from __future__ import annotations

from collections.abc import Sequence

from gridlens.tables.identifiers import quoted

_LOWER_HALF = 0xFFFF_FFFF_FFFF_FFFF


def checksum_sql(columns: Sequence[str]) -> str:
    """An aggregate that gives 32 hexadecimal digits for the rows' values in these columns.

    The order of the rows does not count, their number does; NULL differs from an empty text, and
    a value from the same value in the column beside it. It rests on JSON text and MD5 alone, so
    that it is the same in another version, unlike DuckDB's own `hash`. It is no seal against
    forgery: files have a sha256 for that.
    """
    values = ", ".join(quoted(c) for c in columns)
    row = f"md5_number(json_array({values})::varchar)"
    # Each half is summed by itself: whole 128-bit numbers would overflow, doubles would round.
    halves = (f"({row} >> 64)::ubigint", f"({row} & {_LOWER_HALF}::uhugeint)::ubigint")
    sums = ", ".join(f"coalesce(sum({half}), 0)" for half in halves)
    return f"md5(concat_ws(':', count(*), {sums}))"

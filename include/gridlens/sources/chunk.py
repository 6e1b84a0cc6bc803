"""Some thousand documents of a file as columns of source fields, not yet typed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.sources.personal import BLANKS

# Stands for an object or a list where one value is expected: no cast takes it.
NOT_ONE_VALUE = "\x1f"
# The ways in which records say that they do not know (contracts: pitfalls 1 and 4).
SENTINELS = ("", "null", "none", "nan", "unknown")
BROKEN = "(broken)"

_SENTINELS = pa.array(SENTINELS)


@dataclass(frozen=True)
class Field:
    """One field of the source.

    Attributes:
        name: in plain form, without wrapper.
        column: its column in the chunk.
    """

    name: str
    column: str


@dataclass(frozen=True)
class Chunk:
    """Documents side by side.

    Attributes:
        columns: one column a field, as text or as the file's own type, and ``(broken)``: why a
            document cannot be read at all.
        fields: the fields that a map wants.
        keys: all field names that the source has, as it spells them.
        original: documents with these indices, as text, without personal values.
        kinds: what values of wanted fields are, by plain name: ``number``, ``text``, …; a format
            that does not say it leaves it out.
    """

    columns: pa.Table
    fields: tuple[Field, ...]
    keys: frozenset[str]
    original: Callable[[Sequence[int]], list[str]]
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def tidied(self, raw_of: Collection[str]) -> Chunk:
        """Text trimmed, sentinels and NaN to NULL; ``<column>_raw`` keeps the trimmed text.

        Args:
            raw_of: plain names of the fields whose text as received is wanted.
        """
        columns = {BROKEN: self.columns[BROKEN]}
        for wanted in self.fields:
            values = self.columns[wanted.column]
            if pa.types.is_string(values.type):
                trimmed = pc.ascii_trim(values, BLANKS)
                columns[BROKEN] = _marked_nul(columns[BROKEN], trimmed)
                is_sentinel = pc.is_in(pc.ascii_lower(trimmed), _SENTINELS)
                if wanted.name in raw_of:
                    columns[f"{wanted.column}_raw"] = trimmed
                values = trimmed
                if pc.any(is_sentinel).as_py():
                    values = pc.if_else(is_sentinel, pa.scalar(None, pa.string()), trimmed)
            elif pa.types.is_floating(values.type):
                values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
            columns[wanted.column] = values
        return Chunk(pa.table(columns), self.fields, self.keys, self.original, self.kinds)


def _marked_nul(broken: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    # NUL ends a string in half of the tools that would read it later.
    if not any(_may_hold_nul(chunk) for chunk in values.chunks):
        return broken
    has_nul = pc.fill_null(pc.match_substring(values, "\0"), fill_value=False)
    if not pc.any(has_nul).as_py():
        return broken
    return pc.if_else(has_nul, "holds a NUL character", broken)


def _may_hold_nul(texts: pa.StringArray) -> bool:
    """Looks at the bytes of all texts at once, which costs next to nothing."""
    _, _, content = texts.buffers()
    return content is not None and b"\0" in content.to_pybytes()

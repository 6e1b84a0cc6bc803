"""Fields without which a day of documents says nothing: its key, and the time that cuts it."""

from __future__ import annotations

from collections.abc import Sequence

from gridlens.errors import SourceRejected
from gridlens.sources.config import Input
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.reading import Reading
from gridlens.tables import Table
from gridlens.window import Day


def require_given(table: Table, inputs: Sequence[Input], day: Day, seen: Reading) -> None:
    """Hold that some document has the key, and some a time of the day, by any of their names.

    One document without them is set aside; if all are, a field was renamed, and the day is lost
    and not empty.

    Raises:
        SourceRejected: no document has such a field.
    """
    if not seen.rows:
        return
    for columns in ((table.key[0],), table.day_from):
        names = {n for i in inputs for c in columns for n in _names(i.map, c)}
        if names and not names & seen.seen:
            raise SourceRejected(
                f"{table.name} {day}: none of {seen.documents:,} documents has "
                f"{' or '.join(columns)} (looked for as {', '.join(sorted(names))}): the source "
                "has renamed it; look at the field map"
            )


def _names(field_map: FieldMap, column: str) -> set[str]:
    """Fields that can give the column; none of a key that is made from what else there is."""
    made = {c.source for c in field_map.cases if c.column == column and c.source}
    hashed = column == field_map.table.key[0] and field_map.hash_of
    return set() if hashed else {*field_map.names_of(column), *made}

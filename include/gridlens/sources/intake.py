"""Documents of one shape on their way into rows, whatever they came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow.compute as pc

from gridlens.sources.chunk import Chunk
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.names import field_name
from gridlens.sources.parse import Parsed, parse
from gridlens.sources.personal import Redaction
from gridlens.sources.reading import Reading
from gridlens.tables import TABLES, Table

# Names that gridlens itself adds to a table: an export of ours is no drift.
_OWN = frozenset({"qualityflags", "sliceday"})


@dataclass(frozen=True)
class Intake:
    """Takes documents in, and keeps the books of them.

    Attributes:
        map: their shape.
        personal_key: secret of the keyed hash.
        seen: the books.
    """

    map: FieldMap
    personal_key: str
    seen: Reading

    def __post_init__(self) -> None:
        self.seen.maps[self.map.name] = self.map.version
        self.seen.mapped |= self.map.fields

    @property
    def redaction(self) -> Redaction:
        """Takes personal values out of documents kept as evidence."""
        return Redaction(self.personal_key, self.map.personal)

    def parsed(self, con: duckdb.DuckDBPyConnection, chunk: Chunk) -> Parsed:
        """The typed rows of a chunk; touches no books, so that threads may share it."""
        return parse(con, chunk, self.map, self.personal_key)

    def note(self, chunk: Chunk) -> None:
        """Count the documents, and see which fields they have."""
        self.seen.documents += chunk.columns.num_rows
        names = {field_name(key): key for key in chunk.keys}
        self.seen.seen |= names.keys()
        for name, kinds in chunk.kinds.items():
            self.seen.kinds[name] = self.seen.kinds.get(name, frozenset()) | kinds
        known = self.map.wanted | self.map.ignores | _OWN
        self.seen.unmapped |= {key for name, key in names.items() if name not in known}

    def shared_out(self, every: Parsed) -> Iterator[tuple[Table, Parsed]]:
        """Rows by the table that takes them; other kinds, and what goes on, are counted."""
        for kind in pc.value_counts(every.others.drop_null()).to_pylist():
            self.seen.not_selected[f"other event: {kind['values']}"] += kind["counts"]
        parsed = every.where(pc.is_null(every.others))
        if self.map.outcome is None:
            yield self.map.table, parsed
            return
        outcomes = pc.fill_null(parsed.outcomes, "done")
        states = pc.value_counts(outcomes).to_pylist()
        for outcome in sorted(s["values"] for s in states):
            part = parsed.where(pc.equal(outcomes, outcome))
            if outcome == "pending":
                self.seen.not_selected["pending"] += len(part)
            else:
                yield TABLES[self._table_of(outcome)], part

    def _table_of(self, outcome: str) -> str:
        return self.map.tables[-1] if outcome == "failed" else self.map.tables[0]

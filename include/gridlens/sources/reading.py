"""What a reading saw: the facts that a slice's manifest keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reading:
    """Counts of one reading, filled while its batches are taken.

    Attributes:
        query: what was asked: table, day, maps and paths.
        maps: name of each field map used and the version of its text.
        files: each file read and its size in bytes.
        documents: documents looked at.
        rows: documents that became rows of a batch.
        not_selected: documents left aside, by reason: ``pending``, ``another day``, …
        unmapped: source fields that no column takes.
        seen: source fields, in plain form, that were there.
        kinds: what their values were, as far as that is known.
        mapped: source fields, in plain form, that the maps take.
        promised: documents that the source said it would give; None where it does not say.
        newest: newest time of change among them, as the source keeps it.
        changed_sum: sum of their times of change, as the source keeps them.
        transport: facts of this reading alone: pages, retries, bytes, the server's version.
    """

    query: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    rows: int = 0
    not_selected: Counter[str] = field(default_factory=Counter)
    unmapped: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    kinds: dict[str, frozenset[str]] = field(default_factory=dict)
    mapped: set[str] = field(default_factory=set)
    promised: int | None = None
    newest: str | None = None
    changed_sum: int | None = None
    transport: dict[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The facts as plain values, in an order that does not change."""
        return {
            "query": self.query,
            "maps": dict(sorted(self.maps.items())),
            "files": dict(sorted(self.files.items())),
            "documents": self.documents,
            "rows": self.rows,
            "not_selected": dict(sorted(self.not_selected.items())),
            "unmapped": sorted(self.unmapped),
            "unseen": sorted(self.mapped - self.seen),
            "fields": {n: " ".join(sorted(self.kinds.get(n, ()))) for n in sorted(self.seen)},
            "promised": self.promised,
            "newest": self.newest,
            "changed_sum": self.changed_sum,
            "transport": self.transport,
        }

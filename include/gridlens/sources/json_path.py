"""Where a field stands in a JSON document, and by which name a map knows it."""

from __future__ import annotations

from dataclasses import dataclass

from gridlens.sources.names import NESTS, field_name, plain

MAX_DEPTH = 3


@dataclass(frozen=True)
class JsonPath:
    """Keys from the top of a document to one of its fields."""

    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """The field's name in plain form, without wrapper."""
        return field_name(".".join(self.keys))

    @property
    def is_nest(self) -> bool:
        """Whether an object there holds fields of the record, and is not itself a value."""
        return bool(self.keys) and plain(self.keys[-1]) in NESTS and '"' not in self.keys[-1]

    @property
    def may_hold_fields(self) -> bool:
        """Whether we look into an object there."""
        return self.is_nest and len(self.keys) <= MAX_DEPTH

    @property
    def sql(self) -> str:
        """The path as DuckDB's JSON functions want it."""
        return "'$" + "".join(f'."{key}"' for key in self.keys).replace("'", "''") + "'"

    def member(self, key: str) -> JsonPath:
        """The path of a key in an object here."""
        return JsonPath((*self.keys, key))

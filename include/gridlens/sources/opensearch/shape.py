"""What documents of an index are like: which type each field has, learned from some of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.json_path import JsonPath

# Columns that take a double as they take its text.
_FROM_REAL = frozenset({"BIGINT", "DOUBLE", "TIMESTAMP"})
_LONG = 2**63
_TOP = JsonPath(())


class Shape:
    """Types of the fields of documents. Safe to use from several threads.

    A field has the type that most of its values have. One that is seldom of it stays so: its
    document is read by itself. Objects and lists that are values get no type.

    Args:
        field_map: what the documents become.
    """

    def __init__(self, field_map: FieldMap) -> None:
        self._map = field_map
        self._seen: dict[JsonPath, Counter[str]] = {}
        self._lock = threading.Lock()
        self.schema: pa.Schema | None = None
        self.types: Mapping[JsonPath, pa.DataType] = {}

    def learn(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Look at more documents."""
        with self._lock:
            for document in documents:
                self._look(_TOP, document)
            kinds = {path: self._kind(path) for path in self._seen}
            self.schema = pa.schema(_fields(_TOP, kinds))
            self.types = {path: _TYPES[k] for path, k in kinds.items() if k in _TYPES}

    def _look(self, nest: JsonPath, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            path = nest.member(key)
            kind = _kind(path, value)
            seen = self._seen.setdefault(path, Counter())
            seen[kind] += 1
            if kind == "nest":
                self._look(path, value)

    def _kind(self, path: JsonPath) -> str:
        """What most values of the field are."""
        seen = self._seen[path]
        kind = max((k for k in seen if k != "null"), key=lambda k: seen[k], default="null")
        if kind not in ("whole", "real") or not seen["real"]:
            return kind
        taken = self._map.taken_as.get(path.name, frozenset())
        if taken == {"BIGINT"} and seen["whole"] > seen["real"]:
            return "whole"
        # As text, 1.50 and 1.5 are not the same.
        return "real" if taken <= _FROM_REAL else "other"


_TYPES = {
    "null": pa.null(),
    "truth": pa.bool_(),
    "whole": pa.int64(),
    "real": pa.float64(),
    "text": pa.string(),
}


def _kind(path: JsonPath, value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "whole" if -_LONG <= value < _LONG else "other"
    if isinstance(value, dict) and path.may_hold_fields:
        return "nest"
    return "null" if value is None else _KINDS.get(type(value), "other")


_KINDS: Mapping[type, str] = {float: "real", str: "text"}


def _fields(nest: JsonPath, kinds: Mapping[JsonPath, str]) -> list[pa.Field]:
    fields = []
    for path, kind in kinds.items():
        if path.keys[:-1] == nest.keys:
            if kind == "nest":
                fields.append(pa.field(path.keys[-1], pa.struct(_fields(path, kinds))))
            elif kind in _TYPES:
                fields.append(pa.field(path.keys[-1], _TYPES[kind]))
    return fields

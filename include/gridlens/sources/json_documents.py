"""JSON texts into documents: lists, dicts keyed by name, OpenSearch hits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gridlens.sources.names import NESTS, plain

KEY_FIELD = "(key)"
_BLANK = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def documents_of(text: str) -> list[str]:
    """The documents of one JSON text, as they are written.

    A list gives its elements, an OpenSearch answer its hits, a dict whose values are all objects
    its values, with the key added as field ``(key)``; any other object is one document.

    Raises:
        ValueError: the text is not JSON.
    """
    start = _skip(text, 0)
    value, end = _DECODER.raw_decode(text, start)
    if _skip(text, end) != len(text):
        raise ValueError("more than one JSON value")
    if isinstance(value, list):
        return [text[a:b] for _, a, b in _members(text, start)]
    if not isinstance(value, dict):
        return [text[start:end]]
    if isinstance(value.get("hits"), dict) and isinstance(value["hits"].get("hits"), list):
        hits = _member(text, start, "hits")
        return [text[a:b] for _, a, b in _members(text, _member(text, hits, "hits"))]
    if _is_keyed(value):
        return [_with_key(key, text[a:b]) for key, a, b in _members(text, start)]
    return [text[start:end]]


def _is_keyed(value: dict[str, object]) -> bool:
    """True for a dict of documents; a document inside wrappers is one document."""
    is_wrapped = any(plain(key) in NESTS for key in value)
    return bool(value) and not is_wrapped and all(isinstance(v, dict) for v in value.values())


def _with_key(key: str, document: str) -> str:
    rest = document[1:].lstrip()
    return f'{{"{KEY_FIELD}": {json.dumps(key)}{"" if rest.startswith("}") else ", "}{rest}'


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]  # a star always matches


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key (empty in a list), start and end of each member of the object or list at ``at``."""
    is_object = text[at] == "{"
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        key = ""
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, at)
        yield key, at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _member(text: str, at: int, name: str) -> int:
    return next(start for key, start, _ in _members(text, at) if key == name)

"""Personal fields: replaced by a keyed hash at the door, in quarantined documents too."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from gridlens.sources.names import plain

HASH_LENGTH = 32
BLANKS = " \t\r\n"

# Names of people in PanDA and Rucio documents (contracts of jobs, tasks, traces, events).
PERSONAL_KEYS = frozenset(
    map(plain, ("produsername", "produserid", "usr", "usrdn", "account", "username"))
)
# A job's name holds the user's nickname and answers no question here.
DROPPED_KEYS = frozenset({plain("jobname")})

# A key with its colon: text before the first one may be the end of any value.
_WHOLE_KEY = re.compile(r"\"[\w.@ -]+\"\s*:")
_NEUTRAL = re.compile(r"[\d\s.:/+,|TZe-]*")


def keyed_hash(key: str, value: str) -> str:
    """The first 32 hex digits of HMAC-SHA256 of the stripped value."""
    digest = hmac.digest(
        key.encode(), value.strip(BLANKS).encode("utf-8", "backslashreplace"), "sha256"
    )
    return digest.hex()[:HASH_LENGTH]


def hashed_column(key: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Every value of a text column hashed; each distinct value once."""
    encoded = values.combine_chunks().dictionary_encode()
    names = [None if v is None else keyed_hash(key, v) for v in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(names, pa.string()).take(encoded.indices)])


class Redaction:
    """Takes personal values out of documents that are kept as evidence.

    Args:
        key: secret of the keyed hash.
        names: further source names of personal fields, as a field map declares them.
    """

    def __init__(self, key: str, names: Iterable[str] = ()) -> None:
        self._key = key
        self._names = PERSONAL_KEYS | {plain(n) for n in names}
        self._in_broken_text = _pattern(self._names | DROPPED_KEYS)

    def is_personal(self, name: str) -> bool:
        """True if a field of that name tells who somebody is."""
        return plain(name.rsplit(".", 1)[-1]) in self._names | DROPPED_KEYS

    def document(self, text: str) -> str:
        """The same document without personal values; all else as it was written."""
        try:
            return self._write(_parsed(text))
        except (ValueError, RecursionError):
            return self._in_broken_text.sub(self._replace, _after_torn_value(text))

    def fields(self, pairs: Iterable[tuple[str, Any]]) -> str:
        """A row of a table as a JSON document without personal values."""
        return self._write(_Pairs(pairs))

    def cells(self, cells: Iterable[str]) -> str:
        """A row that does not fit its header: nobody knows which cell is personal.

        Every cell that is more than a number or a time is therefore hashed.
        """
        return json.dumps([c if _NEUTRAL.fullmatch(c) else keyed_hash(self._key, c) for c in cells])

    def _write(self, value: Any) -> str:
        if isinstance(value, _Pairs):
            kept = ((k, v) for k, v in value if plain(k.rsplit(".", 1)[-1]) not in DROPPED_KEYS)
            return "{" + ", ".join(f"{_text(k)}: {self._field(k, v)}" for k, v in kept) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._write, value)) + "]"
        if isinstance(value, dict):
            return self._write(_Pairs(value.items()))
        if isinstance(value, str) and not isinstance(value, _Literal):
            return _text(self._inside(value))
        return str(value) if isinstance(value, _Literal) else _text(value)

    def _inside(self, text: str) -> str:
        """A text without the personal values in it; messages often quote a whole document."""
        if not self._in_broken_text.search(text):
            return text
        try:
            parsed = _parsed(text)
        except (ValueError, RecursionError):
            return self._in_broken_text.sub(self._replace, text)
        if isinstance(parsed, list):
            return self._write(parsed)
        return self._in_broken_text.sub(self._replace, text)

    def _field(self, key: str, value: Any) -> str:
        if not self.is_personal(key) or value is None:
            return self._write(value)
        whole = value if isinstance(value, str) else self._write(value)
        return _text(keyed_hash(self._key, whole))

    def _replace(self, match: re.Match[str]) -> str:
        if plain(match["name"]) in DROPPED_KEYS:
            return ""
        return f'{match["before"]}"{keyed_hash(self._key, match["value"].strip(chr(34)))}"'


class _Pairs(list[tuple[str, Any]]):
    """An object's pairs, so that a key that stands twice stays twice."""


class _Literal(str):
    """A number as it was written."""


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_Pairs, parse_float=_Literal, parse_int=_Literal)


def _after_torn_value(text: str) -> str:
    """The text from its first whole key on, if it begins inside of a value that may be a name."""
    if text.lstrip().startswith("{"):
        return text
    key = _WHOLE_KEY.search(text)
    return text[key.start() :] if key else ""


def _text(value: Any) -> str:
    # A lone surrogate cannot be written as UTF-8; its escape can.
    plain_text = json.dumps(value, ensure_ascii=False, default=str)
    try:
        plain_text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=str)
    return plain_text


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Finds ``"name": value`` in text that is not JSON, torn values included.

    An object, a list or a text in escaped quotes cannot be told from what follows it once the
    text is torn: the rest of the text goes with it.
    """
    spelled = "|".join(r"[\s_-]*".join(map(re.escape, n)) for n in sorted(names))
    return re.compile(
        rf"(?P<before>(?:\\*[\"'])?(?:[\w]+\.)?(?P<name>{spelled})(?:\\*[\"'])?\s*[:=]\s*)"
        r"(?P<value>\\+[\"'].*|\"(?:[^\"\\]|\\.)*\"?\\?|'[^']*'?|[{\[].*|[^,}\]]*)",
        re.IGNORECASE | re.DOTALL,
    )

"""Names of fields as exports spell them, brought to one form for comparison."""

from __future__ import annotations

import re

# What exports wrap a document in: OpenSearch hits, MONIT and its HDFS archive.
WRAPPERS = frozenset({"source", "data", "payload"})
# MONIT writes what it knows of the record itself beside it.
NESTS = WRAPPERS | {"metadata"}

_SEPARATORS = re.compile(r"[\s_\-\ufeff]+")


def plain(name: str) -> str:
    """``src-rse``, ``SRC_RSE`` and ``srcRse`` in one form; a byte-order mark and blanks go."""
    return _SEPARATORS.sub("", name).lower()


def field_name(key: str) -> str:
    """A key without the wrapper that it stands in: ``data.bytes`` is ``bytes``."""
    parts = [plain(p) for p in key.split(".")]
    while len(parts) > 1 and parts[0] in WRAPPERS:
        parts.pop(0)
    return ".".join(parts)

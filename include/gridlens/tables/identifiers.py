"""Names as they stand in SQL text."""

from __future__ import annotations


def quoted(name: str) -> str:
    """The name as a SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as a SQL string, for places that take no parameter."""
    return "'" + text.replace("'", "''") + "'"

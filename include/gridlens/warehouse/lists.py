"""Short lists of facts that come with the package, as relations that a SELECT can read."""

from __future__ import annotations

import csv
import re
from importlib.resources import files

from gridlens.errors import ModelError
from gridlens.tables.identifiers import literal

_LIST = re.compile(r"\$listed_(\w+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def with_lists(sql: str) -> str:
    """The text with ``sql/lists/x.csv`` in the place of every ``$listed_x``.

    The rows become part of the SELECT, so that days made from an older list are stale.

    Raises:
        ModelError: there is no such list, or a line has too few or too many values.
    """
    return _LIST.sub(lambda found: _relation(found[1]), sql)


def _relation(name: str) -> str:
    """``(values …) as name (columns)``; lines that begin with ``#`` tell the source."""
    path = files("gridlens.warehouse") / "sql" / "lists" / f"{name}.csv"
    if not path.is_file():
        raise ModelError(f"there is no list sql/lists/{name}.csv, which $listed_{name} stands for")
    lines = path.read_text(encoding="utf-8").splitlines()
    head, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    for row in rows:
        if len(row) != len(head):
            raise ModelError(f"sql/lists/{name}.csv: {row} has not the columns {head}")
    values = ",\n".join(f"({', '.join(map(_value, row))})" for row in rows)
    return f"(values\n{values}) as {name} ({', '.join(head)})"


def _value(text: str) -> str:
    if not text:
        return "null"
    return text if _NUMBER.fullmatch(text) else literal(text)

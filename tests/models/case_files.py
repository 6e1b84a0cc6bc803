"""Cases of models as files that an analyst can read and add to: given rows, expected rows.

The first paragraph says what the case shows. Lines ``day: …``, ``window: … …`` and ``argument:
value`` come next; then, under ``## core.jobs`` and the like, a table of the given rows, and under
``## expected`` one of the rows that come out, with as many columns as matter. An empty cell is
NULL, ``''`` an empty text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
EXPECTED = "expected"

Cell = str | None


@dataclass(frozen=True)
class Case:
    """One case of a model; ``rows`` by table, as text."""

    model: str
    path: Path
    how: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Cell]]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.model.removeprefix('mart.')}/{self.path.stem}"


def cases() -> list[Case]:
    """Every case, by folder and name; a folder is named as its model."""
    return [read(path) for path in sorted(FOLDER.glob("*/*.md"))]


def read(path: Path) -> Case:
    """One case file."""
    head, *parts = path.read_text("utf-8").split("\n## ")
    how = dict(_settings(head))
    rows: dict[str, list[dict[str, Cell]]] = {}
    columns: tuple[str, ...] = ()
    for part in parts:
        title, _, body = part.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        names = _cells(lines[0])
        assert set(lines[1]) <= set("|-: "), f"{path}: '{title}' has no line under its head"
        rows[title.strip()] = [
            dict(zip(names, map(_value, _cells(line)), strict=True)) for line in lines[2:]
        ]
        if title.strip() == EXPECTED:
            columns = tuple(names)
    assert EXPECTED in rows, f"{path} expects nothing"
    return Case(path.parent.name, path, how, rows, columns)


def _settings(head: str) -> Iterator[tuple[str, str]]:
    _, _, settings = head.partition("\n\n")
    for line in settings.splitlines():
        name, colon, value = line.partition(":")
        if line.strip():
            assert colon, f"'{line}' is no 'name: value'"
            yield name.strip(), value.strip()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _value(cell: str) -> Cell:
    if not cell:
        return None
    return "" if cell == "''" else cell

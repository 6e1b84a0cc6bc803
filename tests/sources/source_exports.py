"""Exports as literals: write them, read them back through a map."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gridlens.sources import Reading, read_files
from gridlens.window import Day

KEY = "a secret of the tests"


def lines(path: Path, *documents: object) -> Path:
    """An NDJSON file; a text stands as it is."""
    texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
    path.write_text("\n".join(texts), encoding="utf-8", errors="surrogatepass")
    return path


def loaded(
    map_name: str,
    *paths: Path,
    reading: Reading | None = None,
    day: str | None = None,
    jobs: Any = None,
) -> dict[str, list[dict[str, Any]]]:
    """All rows by table; each with ``problem`` (field, reason) and ``document``."""
    out: dict[str, list[dict[str, Any]]] = {}
    asked = Day.parse(day) if day else None
    for table, batch in read_files(
        map_name, paths, personal_key=KEY, reading=reading, day=asked, jobs=jobs
    ):
        problems = {p.row: (p.field, p.reason) for p in batch.problems}
        originals = batch.original(range(batch.rows.num_rows))
        rows = batch.rows.to_pylist()
        for i, row in enumerate(rows):
            row |= {"problem": problems.get(i), "document": originals[i]}
        out.setdefault(table.name, []).extend(rows)
    return out


def only(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The one row there is."""
    ((row,),) = rows.values()
    return row


def shown(row: dict[str, Any], names: Sequence[str]) -> list[Any]:
    """These values of a row."""
    return [row[n] for n in names]

"""The twin's exports as documents of indices, and the ``sources.toml`` that reads them there."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from gridlens.errors import SettingsError
from gridlens.twin.documents.exports import LATE

# System and index of each kind of document that an OpenSearch holds; the day comes behind. The
# rest (datasets, CRIC dumps, aliases) is had as files, in the field too.
PANDA, RUCIO = "panda", "rucio"
INDICES = {
    "jobs": (PANDA, "atlas_jobs_archived"),
    "files": (PANDA, "atlas_job_files"),
    "tasks": (PANDA, "atlas_tasks"),
    "transfers": (RUCIO, "monit_prod_ddm_enr_transfer"),
}
# Which kind of document a table is read from.
TABLES = {kind: kind for kind in INDICES} | {"transfer_failures": "transfers"}
MARK = "# written by `gridlens twin publish`"

Document = tuple[str, str, bytes]


def documents(home: Path) -> Iterator[Document]:
    """Every document of the twin's exports: its index, its id and its text as it was written.

    The index bears the day of the folder that the document was found in. The id comes from the
    text, so that the same exports give the same documents however often they are published.

    Raises:
        SettingsError: ``home`` has no exports.
    """
    for index, paths in _parts(home):
        copies: Counter[bytes] = Counter()
        for line in _lines(paths):
            digest = blake2b(line, digest_size=12).digest()
            number, copies[digest] = copies[digest], copies[digest] + 1
            # Equal texts are documents of their own: the twin writes some twice on purpose.
            yield index, digest.hex() + (f"-{number}" if number else ""), line


def count_documents(home: Path) -> dict[str, int]:
    """How many documents each index gets, by its name.

    Raises:
        SettingsError: ``home`` has no exports.
    """
    return {index: sum(1 for _ in _lines(paths)) for index, paths in _parts(home)}


def system_of(index: str) -> str:
    """Which of the two systems an index is at."""
    return next(system for system, name in INDICES.values() if index.startswith(f"{name}-"))


def sources_text(home: Path, endpoints: dict[str, str]) -> str:
    """The ``sources.toml`` that reads the twin's documents from their indices.

    Args:
        home: of the exports; what is not in an index is read from there.
        endpoints: name of the endpoint of each of the two systems.
    """
    given = tomllib.loads((home / "sources.toml").read_text("utf-8"))
    lines = [MARK, *(f'{key} = "{given[key]}"' for key in ("begins", "ends") if key in given)]
    for table, entries in given.items():
        if table in TABLES:
            system, name = INDICES[TABLES[table]]
            where = {"endpoint": endpoints[system], "index": f"{name}-*"}
            lines += _entry(table, {"map": entries[0]["map"], **where})
        elif isinstance(entries, list):
            for entry in entries:
                lines += _entry(table, {**entry, "path": str(home.absolute() / entry["path"])})
    return "\n".join([*lines, ""])


def _entry(table: str, values: dict[str, Any]) -> list[str]:
    # TOML writes texts and numbers as JSON does.
    texts = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return ["", f"[[{table}]]", *texts]


def _parts(home: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each index with the files that its documents stand in."""
    folders = sorted(p for p in (home / "exports").glob("*") if p.is_dir())
    if not folders:
        raise SettingsError(f"{home} has no exports of the twin: run `make demo` first")
    for folder in folders:
        for kind, (_, name) in INDICES.items():
            paths = [p for late in ("", LATE) for p in folder.glob(f"{late}{kind}-*.ndjson.gz")]
            if paths:
                yield f"{name}-{folder.name.replace('-', '.')}", sorted(paths)


def _lines(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        with gzip.open(path, "rb") as lines:
            yield from (text for line in lines if (text := line.rstrip(b"\n")))

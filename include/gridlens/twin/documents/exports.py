"""Where documents are written: day folders of NDJSON parts, dumps, and ``sources.toml``."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gridlens.window import Day

# A document as one line.
encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

# Table, field map, path of the documents of one day.
INPUTS = (
    ("jobs", "panda_jobs_archived", "jobs-*.ndjson.gz"),
    ("files", "panda_job_files", "files-*.ndjson.gz"),
    ("transfers", "rucio_enriched_transfers", "transfers-*.ndjson.gz"),
    ("transfer_failures", "rucio_enriched_transfers", "transfers-*.ndjson.gz"),
    ("tasks", "panda_tasks", "tasks-*.ndjson.gz"),
    ("datasets", "panda_datasets", "datasets-*.ndjson.gz"),
    ("queues", "cric_pandaqueues", "cric_pandaqueues.json"),
    ("rses", "cric_ddmendpoints", "cric_ddmendpoints.json"),
    ("site_aliases", "site_aliases", "site_aliases.csv"),
)
# Late documents come in parts of their own, so that a day need not read all of its neighbours.
LATE = "late-"
LATE_DAYS = {"jobs": 2, "files": 3, "transfers": 2, "transfer_failures": 2}
# A job that moved has an older record on the day before its files.
OWN_DAYS = {"files": 1}


def write_packed(path: Path, parts: Iterable[str]) -> None:
    """Write texts, one after the other, into a gzip file: same texts, same bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed,
    ):
        for part in parts:
            packed.write(part.encode())


class Exports:
    """The export folders of a span of days; documents of other days are not exported.

    Each day of history writes parts of its own, so that a day can be made without the others:
    the parts with one number hold what one day of history left behind, in whatever folder.
    """

    def __init__(self, home: Path, first: Day, days: int) -> None:
        self._home, self._first, self._days = home, first, days
        self._lines: dict[tuple[str, int], list[str]] = defaultdict(list)

    def covers(self, index: int) -> bool:
        """Whether that day, counted from the first, is exported."""
        return 0 <= index < self._days

    def add(self, table: str, index: int, document: dict[str, Any], late: int = 0) -> None:
        """Take a document of that day, written ``late`` days after it."""
        if self.covers(index):
            folder = min(index + late, self._days - 1)
            part = f"{LATE}{table}" if late else table
            self._lines[part, folder].append(encode(document))

    def write_parts(self, number: int) -> int:
        """Write what was taken since the last call; returns the number of documents."""
        written = 0
        for (part, index), lines in self._lines.items():
            path = self.folder(index) / f"{part}-{number:03d}.ndjson.gz"
            write_packed(path, ["\n".join([*lines, ""])])
            written += len(lines)
        self._lines.clear()
        return written

    def write_dump(self, index: int, name: str, content: dict[str, Any]) -> None:
        """Write one dump into the day's folder."""
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (self.folder(index) / name).write_text(text + "\n", "utf-8")

    def write_lines(self, index: int, name: str, lines: list[str]) -> None:
        """Write a text file into the day's folder."""
        (self.folder(index) / name).write_text("\n".join([*lines, ""]), "utf-8")

    def folder(self, index: int) -> Path:
        """The folder of that day, made if need be."""
        path = self._home / "exports" / str(self._first.plus(index))
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write_sources(self) -> None:
        """Write the file that tells the pipelines where the documents lie."""
        text = f'begins = "{self._first}"\nends = "{self._first.plus(self._days - 1)}"\n'
        for table, field_map, name in INPUTS:
            entry = f'\n[[{table}]]\nmap = "{field_map}"\npath = "exports/{{day}}/'
            text += f'{entry}{name}"\n'
            if table in OWN_DAYS:
                text += f"late_days = {OWN_DAYS[table]}\n"
            if table in LATE_DAYS:
                text += f'{entry}{LATE}{name}"\nlate_days = {LATE_DAYS[table]}\n'
        (self._home / "sources.toml").write_text(text, "utf-8")

"""Documents of files, each brought to exactly one slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import SourceRejected
from gridlens.sources.chunk import Chunk
from gridlens.sources.config import FileInput, parts_of, require_export
from gridlens.sources.fieldmap import FieldMap, load_map
from gridlens.sources.formats import chunks
from gridlens.sources.names import field_name
from gridlens.sources.parse import Parsed, connect, parse
from gridlens.sources.personal import Redaction
from gridlens.sources.placing import Folder, Placing, placing_of
from gridlens.sources.reading import Reading
from gridlens.tables import TABLES, Batch, Table
from gridlens.window import Day

_DATE = pa.date32()
# Keys that a message names.
_SHOWN = 8
# Names that gridlens itself adds to a table: an export of ours is no drift.
_OWN = frozenset({"qualityflags", "sliceday"})


def read_day(
    table: Table,
    inputs: Sequence[FileInput],
    day: Day,
    *,
    personal_key: str,
    jobs: pa.Table | None = None,
    reading: Reading | None = None,
) -> Iterator[Batch]:
    """All documents of one day of one table.

    Args:
        table: the table.
        inputs: where its documents stand.
        day: the day.
        personal_key: secret of the keyed hash that replaces personal fields.
        jobs: for tables that are cut by job: ``pandaid`` and ``job_day`` of the day's jobs. Rows
            of other jobs are counted and left; those that name no job stay in their folder's day.
        reading: is filled with what the reading saw.

    Raises:
        SourceUnavailable: a file is gone or torn, or the day is not exported yet.
        SourceRejected: a file is not what it should be.
    """
    seen = Reading() if reading is None else reading
    seen.query |= {
        "table": table.name,
        "day": str(day),
        "inputs": [
            {"map": i.map.name, "path": i.pattern, "late_days": i.late_days} for i in inputs
        ],
    }
    require_export(table, inputs, day)
    for source in inputs:
        reader = _Reader(source.map, personal_key, jobs, seen, is_by_ids=True)
        for folder in source.folders(day):
            place = Folder(folder, source.late_days, _default(table, source, day))
            for path in source.paths(folder):
                for owner, parsed in reader.file(path, place):
                    yield from _of_day(owner, parsed, table, day, seen)


def read_files(
    map_name: str,
    paths: Iterable[Path],
    *,
    personal_key: str,
    jobs: pa.Table | None = None,
    day: Day | None = None,
    reading: Reading | None = None,
) -> Iterator[tuple[Table, Batch]]:
    """All documents of exported files, whatever days they hold.

    Args:
        map_name: the field map.
        paths: files, or folders of part files.
        personal_key: secret of the keyed hash that replaces personal fields.
        jobs: for files of jobs: ``pandaid`` and ``job_day`` of the jobs that are known.
        day: day of documents that do not say theirs; else the earliest day in their file.
        reading: is filled with what the reading saw.

    Raises:
        SettingsError: there is no such map.
        SourceRejected: no document of a file says its day, and none is given.
        SourceUnavailable: a file is gone or torn.
    """
    field_map = load_map(map_name)
    seen = Reading() if reading is None else reading
    seen.query |= {"map": map_name, "day": str(day) if day else None}
    reader = _Reader(field_map, personal_key, jobs, seen)
    for path in (part for given in paths for part in parts_of(given)):
        for owner, parsed in reader.file(path, Folder(None, 0, day)):
            seen.rows += len(parsed)
            yield owner, parsed.batch()


def _default(table: Table, source: FileInput, day: Day) -> Day | None:
    """The day of rows that do not say theirs, in a path for all days: one day, not each."""
    return {"time": None, "job": source.begins, "dump": day}[table.cut]


def _of_day(owner: Table, parsed: Parsed, table: Table, day: Day, seen: Reading) -> Iterator[Batch]:
    if owner.name != table.name:
        seen.not_selected[f"for {owner.name}"] += len(parsed)
        return
    kept = parsed.where(pc.equal(parsed.days, pa.scalar(day.date, _DATE)))
    seen.not_selected["another day"] += len(parsed) - len(kept)
    if len(kept):
        seen.rows += len(kept)
        yield kept.batch()


@dataclass(frozen=True)
class _Reader:
    """Reads files of one shape; every row that it gives has its table and its day."""

    map: FieldMap
    personal_key: str
    jobs: pa.Table | None
    seen: Reading
    is_by_ids: bool = False

    def file(self, path: Path, folder: Folder) -> Iterator[tuple[Table, Parsed]]:
        redaction = Redaction(self.personal_key, self.map.personal)
        self.seen.maps[self.map.name] = self.map.version
        self.seen.mapped |= self.map.fields
        if not path.is_file():
            raise SourceRejected(f"{path} is not a file: give an export, or a folder of part files")
        self.seen.files[str(path)] = path.stat().st_size
        placing = placing_of(self.map.table, folder, self.jobs)
        undated: list[tuple[Table, Parsed]] = []
        earliest: list[Day] = []
        found: frozenset[str] = frozenset()
        with closing(connect()) as con:
            for chunk in chunks(con, path, self.map, redaction):
                self._note(chunk)
                found |= chunk.keys
                for owner, parsed in self._shared_out(
                    parse(con, chunk, self.map, self.personal_key)
                ):
                    placed = placing.place(self._selected(placing, parsed))
                    has_day = pc.is_valid(placed.days)
                    dated, held = placed.where(has_day), placed.where(pc.invert(has_day))
                    if len(dated):
                        earliest = [min([*earliest, Day(pc.min(dated.days).as_py())])]
                        yield owner, dated
                    if len(held):
                        undated.append((owner, _let_go(held)))
        if undated and not earliest:
            raise SourceRejected(self._undated(path, found))
        yield from _dated(undated, earliest)

    def _undated(self, path: Path, found: frozenset[str]) -> str:
        if found and not self.map.fields & {field_name(key) for key in found}:
            keys = ", ".join(f"'{key}'" for key in sorted(found)[:_SHOWN])
            return (
                f"{path}: no field of the map {self.map.name} is in it; its documents have {keys}: "
                "choose another map, or take them out of what they are wrapped in"
            )
        return (
            f"{path}: no document says its day: name the field that does in the field map, "
            "or give the day (--day), or a {day} in the path"
        )

    def _selected(self, placing: Placing, parsed: Parsed) -> Parsed:
        """A day's files are asked for by the ids of its jobs; the others are not its own."""
        if not (self.is_by_ids and placing.jobs):
            return parsed
        kept = parsed.where(placing.may_be_of_jobs(parsed))
        self.seen.not_selected["of another job"] += len(parsed) - len(kept)
        return kept

    def _note(self, chunk: Chunk) -> None:
        self.seen.documents += chunk.columns.num_rows
        names = {field_name(key): key for key in chunk.keys}
        self.seen.seen |= names.keys()
        known = self.map.wanted | self.map.ignores | _OWN
        self.seen.unmapped |= {key for name, key in names.items() if name not in known}

    def _shared_out(self, every: Parsed) -> Iterator[tuple[Table, Parsed]]:
        """Rows by the table that takes them; other kinds, and what goes on, are counted."""
        for kind in pc.value_counts(every.others.drop_null()).to_pylist():
            self.seen.not_selected[f"other event: {kind['values']}"] += kind["counts"]
        parsed = every.where(pc.is_null(every.others))
        if self.map.outcome is None:
            yield self.map.table, parsed
            return
        outcomes = pc.fill_null(parsed.outcomes, "done")
        states = pc.value_counts(outcomes).to_pylist()
        for outcome in sorted(s["values"] for s in states):
            part = parsed.where(pc.equal(outcomes, outcome))
            if outcome == "pending":
                self.seen.not_selected["pending"] += len(part)
            else:
                yield TABLES[self._table_of(outcome)], part

    def _table_of(self, outcome: str) -> str:
        return self.map.tables[-1] if outcome == "failed" else self.map.tables[0]


def _let_go(held: Parsed) -> Parsed:
    """The same rows with their documents taken now: else each would keep its whole block."""
    texts = held.original(range(len(held)))
    return replace(held, original=lambda rows: [texts[r] for r in rows])


def _dated(
    undated: list[tuple[Table, Parsed]], earliest: list[Day]
) -> Iterator[tuple[Table, Parsed]]:
    """Documents that do not say their day go, as problems, with the earliest day of their file."""
    for owner, parsed in undated:
        days = pa.chunked_array([pa.array([earliest[0].date] * len(parsed), _DATE)])
        yield owner, replace(parsed, days=days)

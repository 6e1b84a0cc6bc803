"""Documents of files, each brought to exactly one slice."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import SourceRejected
from gridlens.sources.config import FileInput, Input, parts_of, require_export
from gridlens.sources.fieldmap import load_map
from gridlens.sources.formats import chunks
from gridlens.sources.intake import Intake
from gridlens.sources.names import field_name
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.rows import index_rows
from gridlens.sources.opensearch.source import IndexInput
from gridlens.sources.parse import Parsed, connect
from gridlens.sources.placing import Folder, Placing, placing_of
from gridlens.sources.reading import Reading
from gridlens.tables import Batch, Table
from gridlens.window import Day

_DATE = pa.date32()
# Keys that a message names.
_SHOWN = 8


def read_day(
    table: Table,
    inputs: Sequence[Input],
    day: Day,
    *,
    personal_key: str,
    jobs: pa.Table | None = None,
    reading: Reading | None = None,
    clients: Callable[[str], Client] | None = None,
    again: bool = False,
) -> Generator[Batch]:
    """All documents of one day of one table.

    Args:
        table: the table.
        inputs: where its documents stand.
        day: the day.
        personal_key: secret of the keyed hash that replaces personal fields.
        jobs: for tables that are cut by job: ``pandaid`` and ``job_day`` of the day's jobs. Rows
            of other jobs are counted and left; those that name no job stay in their folder's day.
        reading: is filled with what the reading saw.
        clients: makes the client of an endpoint; needed where an input is an index.
        again: read indices in smaller pieces, as a first reading did not add up.

    Raises:
        ReadAgain: what came of an index is not one state of it; no batch may be kept.
        SourceUnavailable: a file is gone or torn, the day is not exported yet, or a server does
            not answer.
        SourceRejected: a file is not what it should be, or a server refuses what it is asked.
        SourceRefused: a server does not let us in.
    """
    seen = Reading() if reading is None else reading
    seen.query |= {
        "table": table.name,
        "day": str(day),
        "inputs": [i.facts() for i in inputs],
    }
    files = [i for i in inputs if isinstance(i, FileInput)]
    if len(files) == len(inputs):
        # Beside an index, files need not be there: whether any input goes on is judged together.
        require_export(table, files, day)
    for source in inputs:
        if isinstance(source, IndexInput):
            intake = Intake(source.map, personal_key, seen)
            taken = index_rows(table, source, day, intake, jobs=jobs, clients=clients, again=again)
            for owner, parsed in taken:
                yield from _of_day(owner, parsed, table, day, seen)
    for source in files:
        reader = _Reader(Intake(source.map, personal_key, seen), jobs, is_by_ids=True)
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
    reader = _Reader(Intake(field_map, personal_key, seen), jobs)
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

    intake: Intake
    jobs: pa.Table | None
    is_by_ids: bool = False

    def file(self, path: Path, folder: Folder) -> Iterator[tuple[Table, Parsed]]:
        intake = self.intake
        if not path.is_file():
            raise SourceRejected(f"{path} is not a file: give an export, or a folder of part files")
        intake.seen.files[str(path)] = path.stat().st_size
        placing = placing_of(intake.map.table, folder, self.jobs)
        undated: list[tuple[Table, Parsed]] = []
        earliest: list[Day] = []
        found: frozenset[str] = frozenset()
        with closing(connect()) as con:
            for chunk in chunks(con, path, intake.map, intake.redaction):
                intake.note(chunk)
                found |= chunk.keys
                for owner, parsed in intake.shared_out(intake.parsed(con, chunk)):
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
        field_map = self.intake.map
        if found and not field_map.fields & {field_name(key) for key in found}:
            keys = ", ".join(f"'{key}'" for key in sorted(found)[:_SHOWN])
            return (
                f"{path}: no field of the map {field_map.name} is in it; its documents have "
                f"{keys}: choose another map, or take them out of what they are wrapped in"
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
        self.intake.seen.not_selected["of another job"] += len(parsed) - len(kept)
        return kept


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

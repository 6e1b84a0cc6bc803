"""Any export into slices: all the days that it holds."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridlens.errors import NotFound
from gridlens.pipelines.extract import slice_store
from gridlens.pipelines.full_disk import says_when_full
from gridlens.quality import contract, judging
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore, SliceWriter
from gridlens.sources import Reading, files_of, load_map, read_files
from gridlens.tables import TABLES, Batch, Problem
from gridlens.window import Day


@says_when_full
def load_file(
    settings: Settings, paths: Sequence[Path], map_name: str, day: Day | None = None
) -> list[Manifest]:
    """Read export files through a field map and replace the slices of every day they hold.

    A day is replaced as a whole: what an export of a part of it lacks is recorded as gone.

    Args:
        settings: where everything rests.
        paths: files, or folders of part files.
        map_name: name of the field map.
        day: day of a dump that carries no date, such as one of CRIC.

    Returns:
        The manifests of the slices written, by table and day.

    Raises:
        NotFound: job files are given, and no jobs have been loaded that they could belong to.
        Permanent: the map or a file is wrong.
    """
    _allow_many_files()
    store = slice_store(settings)
    reading = Reading()
    tables = load_map(map_name).tables
    jobs = _job_days(store) if any(TABLES[name].cut == "job" for name in tables) else None
    files = [file for path in paths for file in _files(path)]
    with contextlib.ExitStack() as stack:
        judge = stack.enter_context(judging())
        writers: dict[tuple[str, Day], SliceWriter] = {}
        for table, batch in read_files(
            map_name,
            files,
            personal_key=settings.secret(),
            jobs=jobs,
            day=day,
            reading=reading,
        ):
            judged = judge(batch, contract(table.name))
            for slice_day, part in _by_day(judged):
                key = (table.name, slice_day)
                if key not in writers:
                    writers[key] = stack.enter_context(store.writer(table, slice_day))
                writers[key].add(part)
        for _, slice_day in list(writers):
            # A transfer that failed in an earlier export and is done in this one has moved from
            # one table of the map to the other, so both are replaced.
            for name in tables:
                if (name, slice_day) not in writers:
                    writer = stack.enter_context(store.writer(TABLES[name], slice_day))
                    writers[name, slice_day] = writer
        return [writers[key].finish(reading.facts()) for key in sorted(writers)]


def _allow_many_files() -> None:
    """Each day of an export is two open files, and a year of them is more than the usual limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _files(path: Path) -> list[Path]:
    """The file, or all part files of the folder."""
    found = files_of(path.parent, path.name)
    if not found:
        raise NotFound(f"{path} is not there, or is a folder without files")
    return found


def _job_days(store: SliceStore) -> pa.Table:
    """Ids and days of all jobs in slices: a file belongs to the day of its job."""
    parts = []
    for day in store.days("jobs"):
        manifest = store.manifest("jobs", day)
        if manifest and manifest.file:
            ids = pq.read_table(store.path(manifest), columns=["pandaid"])
            days = pa.repeat(pa.scalar(day.date, pa.date32()), ids.num_rows)
            parts.append(ids.append_column("job_day", days))
    if not parts:
        raise NotFound(
            "files of jobs belong to the day of their job, and no jobs have been loaded yet: "
            "load the jobs first"
        )
    return pa.concat_tables(parts)


def _by_day(batch: Batch) -> list[tuple[Day, Batch]]:
    """The batch, split by the day of its rows."""
    days = batch.rows.column("slice_day")
    parts = []
    for value in pc.unique(days).to_pylist():
        rows = pc.indices_nonzero(pc.equal(days, pa.scalar(value, pa.date32()))).to_pylist()
        parts.append((Day(value), _take(batch, rows)))
    return parts


def _take(batch: Batch, rows: list[int]) -> Batch:
    place = {row: index for index, row in enumerate(rows)}
    problems = tuple(
        Problem(place[p.row], p.field, p.reason) for p in batch.problems if p.row in place
    )
    return Batch(
        batch.rows.take(rows), problems, lambda wanted: batch.original([rows[w] for w in wanted])
    )

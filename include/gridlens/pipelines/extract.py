"""One day of one table, from its source into a slice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.errors import NotFound
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, recorded
from gridlens.quality import contract, judging
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore, require_files
from gridlens.sources import (
    Client,
    IndexInput,
    Input,
    OutOfReach,
    ReadAgain,
    Reading,
    load_config,
    out_of_reach,
    read_day,
    require_fields,
    require_given,
    require_later,
)
from gridlens.tables import TABLES, Table
from gridlens.window import Day

log = logging.getLogger(__name__)

# What does not add up is read once more, and once more.
_READINGS = 3
OVERTAKEN = "an extraction that began later has published the day: its slice stays"
# Files come after the jobs of their day: they are found by the ids of those jobs.
EXTRACTED: tuple[str, ...] = tuple(TABLES)


@recorded("extract {table}")
@says_when_full
def extract(settings: Settings, table: str, day: Day) -> Report:
    """Fetch one day of one table and keep it as a slice.

    A table without a source is left alone and reported as *not provided*; a day before the
    source begins, or after it ends, becomes an *unavailable* slice. A day that no input
    has is unavailable too. What was read while an index had more of it stays, and so does what
    an extraction that began later has published meanwhile.

    Raises:
        Transient: the source does not answer.
        Permanent: the source or its field map is wrong.
    """
    watch = Stopwatch()
    config = load_config(settings.sources)
    inputs = config.inputs(TABLES[table])
    if not inputs:
        return Report(f"extract {table}", day, {"state": "not provided"}, (), watch.seconds)
    store = slice_store(settings)
    attempt = store.attempt(TABLES[table], day)
    if because := config.why_unavailable(day):
        unavailable = store.write_unavailable(TABLES[table], day, because, attempt)
        return _report(unavailable, watch, attempt)
    require_fields([i for i in inputs if isinstance(i, IndexInput)], clients(settings))
    jobs = jobs_of(store, TABLES[table], day)
    earlier = store.manifest(table, day)
    beyond = out_of_reach(inputs, day, jobs, clients(settings))
    if beyond and must_stay(earlier, beyond):
        if earlier and earlier.state != "unavailable":
            return _kept(earlier, beyond, watch)
        unavailable = store.write_unavailable(TABLES[table], day, beyond.because, attempt)
        return _report(unavailable, watch, attempt)
    for reading in range(_READINGS):
        try:
            found = _read(settings, store, TABLES[table], inputs, day, again=reading > 0)
        except ReadAgain as error:
            if reading + 1 == _READINGS:
                raise
            log.warning("%s: reading %s of %s again, from its start", error, table, day)
        else:
            break
    _note(store, found[0])
    return _report(found[0], watch, found[1])


def _note(store: SliceStore, manifest: Manifest) -> None:
    size = store.path(manifest).stat().st_size if manifest.file else 0
    read, rows = manifest.fetched, manifest.accepted
    note(rows_in=read, rows_out=rows, bytes=size, fingerprint=manifest.fingerprint)


def _read(
    settings: Settings,
    store: SliceStore,
    table: Table,
    inputs: Sequence[Input],
    day: Day,
    *,
    again: bool,
) -> tuple[Manifest, int]:
    """Read the day once, and publish it if it is whole; what stands then, and our attempt."""
    reading = Reading()
    rules = contract(table.name)
    with store.writer(table, day) as writer:
        # Once the attempt has its place: files that began later follow jobs as new, or newer.
        jobs = jobs_of(store, table, day)
        batches = read_day(
            table,
            inputs,
            day,
            personal_key=settings.secret(),
            jobs=jobs,
            reading=reading,
            clients=clients(settings),
            again=again,
        )
        with closing(batches), judging() as judge:
            for batch in batches:
                writer.add(judge(batch, rules))
        require_given(table, inputs, day, reading)
        if not reading.documents:
            require_later(table, inputs, day, jobs, clients(settings))
        return writer.finish(reading.facts()), writer.attempt


def clients(settings: Settings) -> Callable[[str], Client]:
    """Makes the client of an endpoint, by the endpoint's name."""
    return lambda name: Client(settings.endpoint(name), settings.slots)


def must_stay(earlier: Manifest | None, beyond: OutOfReach) -> bool:
    """Whether reading a day again that an index has lost could bring nothing, or lose documents.

    A slice that came from files alone promised nothing: all of its documents must be found again,
    unless there are still files to give them.
    """
    if earlier is None:
        return not beyond.has_some
    had = max(earlier.promised or 0, 0 if beyond.has_files else earlier.fetched)
    return not beyond.has_some or beyond.documents < had


def _kept(earlier: Manifest, beyond: OutOfReach, watch: Stopwatch) -> Report:
    """The slice that was read when the source still had the whole day."""
    note = f"{beyond.because}: the slice that was read earlier is kept as it is"
    return replace(_report(earlier, watch, earlier.attempt), notes=(note,))


def slice_store(settings: Settings) -> SliceStore:
    """The slices of these settings."""
    return SliceStore(settings.slices, memory_limit=settings.memory_limit, threads=settings.threads)


def jobs_of(store: SliceStore, table: Table, day: Day) -> pa.Table | None:
    """Ids of the day's jobs with their day, for a table that is cut by job; else None.

    Raises:
        NotFound: the jobs of the day have not been extracted.
        SliceError: they were pruned.
    """
    if table.cut != "job":
        return None
    manifest = store.manifest("jobs", day)
    if manifest is None:
        raise NotFound(
            f"{table.name} of {day} are found by the ids of that day's jobs, and the jobs of "
            f"{day} have not been extracted: extract jobs first"
        )
    require_files(manifest)
    if manifest.file is None:
        return pa.table({"pandaid": pa.array([], pa.int64()), "job_day": pa.array([], pa.date32())})
    ids = pq.read_table(store.path(manifest), columns=["pandaid"])
    days = pa.repeat(pa.scalar(day.date, pa.date32()), ids.num_rows)
    return ids.append_column("job_day", days)


def _report(manifest: Manifest, watch: Stopwatch, attempt: int) -> Report:
    numbers: dict[str, int | float | str] = {
        "state": manifest.state,
        "fetched": manifest.fetched,
        "accepted": manifest.accepted,
        "duplicates": manifest.duplicates,
        "quarantined": manifest.quarantined,
    }
    if manifest.gone:
        numbers["gone"] = manifest.gone
    notes = (OVERTAKEN,) if manifest.attempt > attempt else ()
    return Report(f"extract {manifest.table}", manifest.day, numbers, notes, watch.seconds)

"""Compute what is stale of one day, outside the lock, and load it in one transaction."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from gridlens.errors import WarehouseBusy
from gridlens.matching import Reading
from gridlens.pipelines.fetched import Fetched
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.models import models
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, write
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.slices import require_files
from gridlens.tables import TABLES, Table
from gridlens.tables.identifiers import literal
from gridlens.warehouse import ComputedDay, Input, Lake, Model, Staged, stage
from gridlens.window import Day

log = logging.getLogger(__name__)

_ATTEMPTS = 8


@dataclass(frozen=True)
class Work:
    """One model to compute for one day.

    Attributes:
        model: the model.
        days: the days that it reads of each table that it does not read by the day.
        reading: text of the reading of the matching, stored with its result.
        also: further inputs of the day that the ledger keeps, though no relation stands for them.
    """

    model: Model
    days: Mapping[str, tuple[Day, ...]] = field(default_factory=dict)
    reading: str = ""
    also: tuple[str, ...] = ()


def open_lake(settings: Settings) -> Lake:
    """The warehouse of these settings."""
    return Lake(
        settings.warehouse,
        settings.slices,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        lock_timeout_s=settings.lock_timeout_s,
    )


def compute(
    con: duckdb.DuckDBPyConnection, world: World, works: Iterable[Work], day: Day, staging: Path
) -> Computed:
    """Stage every model of ``works`` for ``day`` that is stale, in the order given.

    Args:
        con: a reader of the lake; what is staged leaves its own catalog in use.
        world: what the lake and the slices hold.
        works: what to compute.
        day: the day.
        staging: folder for the results.
    """
    staged: list[Staged] = []
    records: list[ComputedDay] = []
    fetched = Fetched(con)
    for work in works:
        why = world.why_stale(work.model.name, day, work.model.fingerprint, work.reading)
        if why is None:
            continue
        log.info("%s of %s: %s", work.model.name, day, why)
        inputs = world.inputs(work.model, day, work.days)
        relations = {
            name: _relation(world, fetched, name, [i for i in inputs if i.table == name], day)
            for name in work.model.reads
        }
        result = stage(con, work.model, day, relations, staging)
        staged.append(result)
        also = tuple(world.input(name, day) for name in work.also)
        records.append(_record(work, result, (*inputs, *also), world.snapshot))
        world = world.with_staged(result)
    done = Computed(world, tuple(staged), tuple(records))
    note(**done.facts)
    return done


def _record(work: Work, result: Staged, inputs: tuple[Input, ...], snapshot: int) -> ComputedDay:
    is_whole = all(i.checksum is not None for i in inputs)
    return result.computed(
        inputs,
        snapshot=snapshot,
        state="complete" if is_whole else "edge",
        reading=work.reading,
    )


@dataclass(frozen=True)
class Computed:
    """What a call of ``compute`` has staged."""

    world: World
    staged: tuple[Staged, ...]
    records: tuple[ComputedDay, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        return {result.model: result.rows for result in self.staged}

    @property
    def facts(self) -> dict[str, int | str]:
        """What was read and written, as raw.task_runs has it; each input counts once."""
        inputs = {(i.table, Day(i.day)) for r in self.records for i in r.inputs if i.day}
        checksums = sorted((result.model, result.checksum) for result in self.staged)
        return {
            "rows_in": sum(self.world.rows(table, day) for table, day in inputs),
            "rows_out": sum(self.rows.values()),
            "bytes": sum(result.path.stat().st_size for result in self.staged),
            "fingerprint": hashlib.sha256(repr(checksums).encode()).hexdigest()[:32],
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the models' own checks."""
        return tuple(
            f"{result.model}: {w.rows:,} of {w.of_rows:,} rows break '{w.rule}' (first: {w.keys})"
            for result in self.staged
            for w in result.warnings
        )


@says_when_full
def run(
    settings: Settings,
    task: str,
    day: Day,
    works: Callable[[duckdb.DuckDBPyConnection, World], Sequence[Work]],
) -> Report:
    """Compute and load what is stale of the day's ``works``."""
    watch = Stopwatch()
    lake = open_lake(settings)

    def attempt() -> Report | None:
        return _run_once(settings, lake, task, day, works, watch)

    return until_current(task, day, attempt)


def _run_once(
    settings: Settings,
    lake: Lake,
    task: str,
    day: Day,
    works: Callable[[duckdb.DuckDBPyConnection, World], Sequence[Work]],
    watch: Stopwatch,
) -> Report | None:
    with staging(settings, day) as folder, lake.step() as con:
        world = World.seen(settings, con, models(Reading()))
        todo = works(con, world)
        done = compute(con, world, todo, day, folder)
        if not done.staged:
            return Report(task, day, {"unchanged": len(todo)}, (), watch.seconds)
        overtaken = write(settings, lake, done.staged, done.records, by=con)
    return None if overtaken else Report(task, day, done.rows, done.warnings, watch.seconds)


def until_current(task: str, day: Day, attempt: Callable[[], Report | None]) -> Report:
    """Attempt a piece of work until nobody has changed its day between its look and its load.

    A task whose worker was killed lives on beside its own retry. Neither knows which of them saw
    the newer inputs; but the one that loads second has seen less than what is loaded, so it
    writes nothing and looks anew: it then finds its work done, or newer inputs.

    Args:
        task: for messages.
        day: the day.
        attempt: looks, computes and loads; gives None where it was overtaken.

    Raises:
        WarehouseBusy: it was overtaken each time.
    """
    for times in range(_ATTEMPTS):
        report = attempt()
        if report is None:
            log.warning("%s of %s: another attempt was quicker: looking again", task, day)
        elif times:
            return replace(report, notes=(*report.notes, f"overtaken {times} times"))
        else:
            return report
    raise WarehouseBusy(
        f"{task} of {day}: other attempts were quicker {_ATTEMPTS} times; look which runs of that "
        "day are under way, and try again when they have ended"
    )


@contextmanager
def staging(settings: Settings, day: Day) -> Iterator[Path]:
    """A folder for one attempt's computed days, on the warehouse's own disk."""
    parent = settings.warehouse / "staging"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=f"{day}.") as folder:
        yield Path(folder)


def _relation(world: World, fetched: Fetched, name: str, inputs: Sequence[Input], day: Day) -> str:
    """SQL of the rows that a model finds under ``name``."""
    schema, table_name = name.split(".")
    table = TABLES.get(table_name)
    if schema == "raw" and table is not None:
        return _slice_relation(world, table, inputs[0], day)
    days = [Day(i.day) for i in inputs if i.day is not None]
    staged = [world.staged[(name, d)] for d in days if (name, d) in world.staged]
    resting = [d for d in days if (name, d) not in world.staged]
    parts = [f"select * from read_parquet({literal(str(result.path))})" for result in staged]
    if resting:
        listed = ", ".join(f"date '{d}'" for d in resting)
        parts.append(f"select * from lake.{name} where {world.day_column(name)} in ({listed})")
    rows = sum(result.rows for result in staged) + sum(world.rows(name, d) for d in resting)
    return fetched.relation(" union all by name ".join(parts), rows)


def _slice_relation(world: World, table: Table, i: Input, day: Day) -> str:
    """The slice's rows with the day that they speak for."""
    manifest = world.manifest(table.name, Day(i.day)) if i.day and i.checksum else None
    if manifest is not None:
        require_files(manifest)
    if manifest is None or manifest.file is None:
        return f"select {table.typed_nulls}, date '{day}' as {table.day_column} where false"
    path = literal(str(world.store.path(manifest)))
    return f"select *, date '{day}' as {table.day_column} from read_parquet({path})"

"""A day's slices into the warehouse: one transaction over all tables that they touch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple

import duckdb

from gridlens.errors import NotFound, PublishFailed
from gridlens.matching import Reading
from gridlens.pipelines.compute import Work, compute, open_lake, staging, until_current
from gridlens.pipelines.fortnight import FORTNIGHT, fortnight_checksum
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.judge import Judged, judged, manifests_of
from gridlens.pipelines.models import day_models, models
from gridlens.pipelines.raw import expectation_row, raw_rows
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded, write
from gridlens.pipelines.truth import truth_rows
from gridlens.pipelines.validate import data_docs
from gridlens.pipelines.world import CHECKS, World, is_known
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.warehouse import DRIFT, ComputedDay, Input, Lake, Model
from gridlens.window import Day


@recorded("load")
@says_when_full
def load(settings: Settings, day: Day) -> Report:
    """Bring the slices of a day into the warehouse.

    Rows, manifests, quarantine and check results of all tables change in one transaction, or
    none does. A day whose slices, models and planted truth are those that it was loaded from is
    left alone. What another attempt has loaded meanwhile is never replaced by what was read
    before. Pages of the day that are missing or tell of something else are written at last; what
    hinders it is a note of the report.

    Raises:
        NotFound: no slice of the day exists.
        ContractBroken: a slice breaks its contract; the warehouse is as it was.
        WarehouseBusy: another writer held the warehouse for too long.
    """
    watch = Stopwatch()
    if not manifests_of(SliceStore(settings.slices), day):
        raise NotFound(f"no slice of {day} exists in {settings.slices}: extract the day first")
    lake = open_lake(settings)
    return until_current("load", day, lambda: _load_once(settings, lake, day, watch))


def _load_once(settings: Settings, lake: Lake, day: Day, watch: Stopwatch) -> Report | None:
    """Load what the slices hold now; None where another attempt loaded the day meanwhile."""
    store, reading = SliceStore(settings.slices), Reading()
    with staging(settings, day) as folder, lake.step(models(reading).values()) as con:
        # The ledger before the manifests: these are then as new as those of any recorded load.
        seen = World.seen(settings, con, models(reading))
        manifests = manifests_of(store, day)
        found = judged(settings, manifests, day)
        found.raise_if_broken()
        world = seen.pinning(manifests)
        done = compute(con, world, _works(manifests, reading), day, folder)
        checks = _checks_record(manifests, found, day, world)
        numbers: Mapping[str, int | float | str] = {"unchanged": len(manifests)}
        notes: tuple[str, ...] = ()
        if done.staged or not _is_loaded(world, checks, day):
            raw = raw_rows(store, manifests, found.slices)
            raw["truth_links"] = truth_rows(settings.home, day)
            if write(settings, lake, done.staged, (*done.records, checks), raw, by=con):
                return None
            numbers, notes = done.rows, (*done.warnings, *_drift(con, day))
    # Beside the warehouse and after it: without them a load is as good.
    return Report("load", day, numbers, (*notes, *_pages(settings, day, found)), watch.seconds)


def _pages(settings: Settings, day: Day, found: Judged) -> tuple[str, ...]:
    """Write the day's pages where they tell of something else; what hinders it, as a note."""
    try:
        data_docs(settings, day, found)
    except PublishFailed as error:
        return (str(error),)
    return ()


def _is_loaded(world: World, checks: ComputedDay, day: Day) -> bool:
    """Whether the raw schema already holds this of the day."""
    recorded = world.computed.get((CHECKS, day))
    is_same = recorded is not None and recorded.checksum == checks.checksum
    return is_same and world.truth.why_other(day) is None


def _drift(con: duckdb.DuckDBPyConnection, day: Day) -> list[str]:
    """Where the day's documents have another shape than those of the loaded day before."""
    query = f"select table_name, field, message from {DRIFT.name} where day = ? order by all"
    rows = con.execute(query, [day.date]).fetchall()
    return [f"{table}: the field '{field}' {message}" for table, field, message in rows]


def _works(manifests: Sequence[Manifest], reading: Reading) -> list[Work]:
    """The core models whose slices exist, and the map of the grid, which every day has."""
    have = {m.table for m in manifests if is_known(m)}
    return [Work(m) for m in day_models(reading, "core") if _is_map(m) or _own(m) in have]


def _own(model: Model) -> str:
    return model.name.removeprefix("core.")


def _is_map(model: Model) -> bool:
    table = TABLES.get(_own(model))
    return table is None or table.is_map


def _checks_record(
    manifests: Sequence[Manifest], found: Judged, day: Day, world: World
) -> ComputedDay:
    """The ledger's record of what the raw schema holds of the day."""
    told_of = [astuple(result) for result in found.results]
    measured = [expectation_row(m) for s in found.slices for m in s.measures]
    before = Input(FORTNIGHT, day.date, fortnight_checksum(found.before))
    inputs = (*(world.input(f"slices.{m.table}", day) for m in manifests), before)
    rules = world.rules_fingerprint(day)
    told = repr((inputs, rules, told_of, measured))
    return ComputedDay(
        table=CHECKS,
        day=day.date,
        state="complete",
        inputs=inputs,
        model_fingerprint=rules,
        reading="",
        rows=len(told_of),
        checksum=hashlib.sha256(told.encode()).hexdigest()[:32],
        snapshot=world.snapshot,
    )

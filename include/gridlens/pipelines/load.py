"""A day's slices into the warehouse: one transaction over all tables that they touch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, replace

from gridlens.errors import NotFound
from gridlens.matching import Reading
from gridlens.pipelines.compute import Work, compute, open_lake, outcome, staging
from gridlens.pipelines.fortnight import FORTNIGHT, fortnight_checksum
from gridlens.pipelines.judge import Judged, judged, manifests_of
from gridlens.pipelines.models import day_models, models
from gridlens.pipelines.raw import expectation_row, raw_rows
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import task_run
from gridlens.pipelines.truth import truth_rows
from gridlens.pipelines.validate import data_docs
from gridlens.pipelines.world import CHECKS, World, is_known
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.warehouse import DRIFT, ComputedDay, Input, Lake, Model
from gridlens.window import Day


def load(settings: Settings, day: Day) -> Report:
    """Bring the slices of a day into the warehouse.

    Rows, manifests, quarantine and check results of all tables change in one transaction, or
    none does. A day whose slices, models and planted truth are those that it was loaded from is
    left alone.

    Raises:
        NotFound: no slice of the day exists.
        ContractBroken: a slice breaks its contract; the warehouse is as it was.
        WarehouseBusy: another writer held the warehouse for too long.
    """
    watch = Stopwatch()
    store = SliceStore(settings.slices)
    manifests = manifests_of(store, day)
    if not manifests:
        raise NotFound(f"no slice of {day} exists in {settings.slices}: extract the day first")
    found = judged(settings, manifests, day)
    found.raise_if_broken()
    data_docs(settings, day, found)
    lake = open_lake(settings)
    reading = Reading()
    lake.initialise(models(reading).values())
    with staging(settings, day) as folder:
        world = World.look(settings, lake, models(reading), manifests)
        done = compute(lake, world, _works(manifests, reading), day, folder)
        checks = _checks_record(manifests, found, day, world)
        if not done.staged and _is_loaded(world, checks, day):
            return Report("load", day, {"unchanged": len(manifests)}, (), watch.seconds)
        run = task_run("load", day, watch, rows=sum(done.rows.values()))
        raw = raw_rows(store, manifests, found.slices, run)
        raw["truth_links"] = truth_rows(settings.home, day)
        overtaken = lake.replace(done.staged, (*done.records, checks), raw)
    report = outcome("load", day, done, overtaken, watch)
    return replace(report, notes=(*report.notes, *_drift(lake, day)))


def _is_loaded(world: World, checks: ComputedDay, day: Day) -> bool:
    """Whether the raw schema already holds this of the day."""
    recorded = world.computed.get((CHECKS, day))
    is_same = recorded is not None and recorded.checksum == checks.checksum
    return is_same and world.truth.why_other(day) is None


def _drift(lake: Lake, day: Day) -> list[str]:
    """Where the day's documents have another shape than those of the loaded day before."""
    query = f"select table_name, field, message from {DRIFT.name} where day = ? order by all"
    with lake.reader() as con:
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
    return ComputedDay(
        table=CHECKS,
        day=day.date,
        state="complete",
        inputs=inputs,
        model_fingerprint="",
        reading="",
        rows=len(told_of),
        checksum=hashlib.sha256(repr((inputs, told_of, measured)).encode()).hexdigest()[:32],
        snapshot=world.snapshot,
    )

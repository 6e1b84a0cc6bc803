"""The last days again, where their index has changed since they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gridlens.errors import GridlensError, SourceUnavailable, Transient, Unsettled
from gridlens.pipelines.extract import (
    EXTRACTED,
    clients,
    extract,
    jobs_of,
    must_stay,
    slice_store,
)
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.sources import (
    Look,
    SourceConfig,
    asked_of,
    load_config,
    look_at_day,
    out_of_reach,
)
from gridlens.tables import TABLES, Table
from gridlens.window import Day


@recorded("refresh")
def refresh(
    settings: Settings,
    until: Day,
    days: int = 3,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Extract again what has changed in the indices since it was read, and nothing else.

    A day is compared by numbers that cost the index little: how many documents it has, the newest
    time of change among them, and the sum of these times. What would be asked for otherwise is
    read again too: files, as they follow their jobs, by other ids. Days of which an index has lost
    a part stay as they are unless nothing would be lost; tables that come from files alone stay in
    any case. What fails is told at the end, once all else has been looked at.

    Args:
        settings: where everything rests.
        until: the last day to look at.
        days: how many days to look at, this one included.
        progress: told the summary of each extraction as soon as it is done.

    Raises:
        SourceUnavailable: trying again may help some of what failed.
        Unsettled: a person must act for all of it.
        SettingsError: `sources.toml` is wrong.
    """
    watch = Stopwatch()
    comparison = _Comparison(settings, load_config(settings.sources), slice_store(settings))
    notes = []
    failed: dict[str, GridlensError] = {}
    due = comparison.due(until, days)
    for table, day in due:
        try:
            if because := comparison.why_changed(table, day):
                progress(extract(settings, table.name, day).summary())
                notes.append(f"{table.name} {day}: {because}")
        except GridlensError as error:
            failed[f"{table.name} {day}"] = error
    _require_done(failed)
    numbers: dict[str, int | float | str] = {"looked at": len(due), "extracted again": len(notes)}
    if comparison.left:
        numbers["out of reach"] = len(comparison.left)
    return Report("refresh", None, numbers, tuple(notes), watch.seconds)


def _require_done(failed: Mapping[str, GridlensError]) -> None:
    if not failed:
        return
    may_pass = any(isinstance(error, Transient) for error in failed.values())
    raise (SourceUnavailable if may_pass else Unsettled)(
        f"{len(failed)} could not be looked at, all else was: "
        + "; ".join(f"{what}: {error}" for what, error in failed.items())
    )


@dataclass
class _Comparison:
    """Holds slices against their indices; ``left`` are those that the source has no more whole."""

    settings: Settings
    config: SourceConfig
    store: SliceStore
    left: set[tuple[str, Day]] = field(default_factory=set)

    def due(self, until: Day, days: int) -> list[tuple[Table, Day]]:
        """Tables that come from indices, day by day: jobs before the files that follow them."""
        window = [until.plus(n) for n in range(1 - days, 1)]
        there = [day for day in window if self.config.why_unavailable(day) is None]
        return [(TABLES[t], day) for day in there for t in EXTRACTED if t in self.config.indices]

    def why_changed(self, table: Table, day: Day) -> str | None:
        """Why the slice is not what the index would give now; None if it is, or must stay."""
        # Files are as old as their jobs: neither is read where the jobs are out of reach.
        if table.cut == "job" and (("jobs", day) in self.left or not self._has_jobs(day)):
            return None
        because = self._difference(table, day)
        if because and self._must_stay(table, day):
            self.left.add((table.name, day))
            return None
        return because

    def _must_stay(self, table: Table, day: Day) -> bool:
        inputs, jobs = self.config.inputs(table), jobs_of(self.store, table, day)
        beyond = out_of_reach(inputs, day, jobs, clients(self.settings))
        return beyond is not None and must_stay(self.store.manifest(table.name, day), beyond)

    def _has_jobs(self, day: Day) -> bool:
        manifest = self.store.manifest("jobs", day)
        return manifest is not None and not manifest.pruned

    def _difference(self, table: Table, day: Day) -> str | None:
        manifest = self.store.manifest(table.name, day)
        if manifest is None:
            return "had not been extracted"
        jobs, inputs = jobs_of(self.store, table, day), self.config.indices[table.name]
        for source in inputs:
            if not asked_of(source, day, jobs).items() <= manifest.query.items():
                return "it was asked for otherwise" if jobs is None else "its jobs are others now"
        before = Look(manifest.promised or 0, manifest.newest, manifest.changed_sum)
        now = look_at_day(inputs, day, jobs, clients(self.settings))
        if now.documents != before.documents:
            return f"{before.documents:,} documents became {now.documents:,}"
        return None if now.is_as(before) else "some documents have changed"

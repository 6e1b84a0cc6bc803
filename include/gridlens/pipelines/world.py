"""What every table's day is computed from, and whether that has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gridlens.matching import Reading
from gridlens.pipelines.models import PAIRS
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES, Table
from gridlens.warehouse import ComputedDay, Input, Lake, Model, Staged, stale
from gridlens.window import Day


@dataclass(frozen=True)
class World:
    """One look at all that a computation can depend on.

    Attributes:
        store: the slices.
        computed: what the warehouse's ledger says of every computed day.
        staged: results of this run that are not in the warehouse yet; they go before it.
        snapshot: the warehouse's snapshot that the ledger was read from.
        models: the models of all tables, by name.
        pinned: manifests that count whatever stands in the store now: those that were checked.
    """

    store: SliceStore
    computed: Mapping[tuple[str, Day], ComputedDay]
    staged: Mapping[tuple[str, Day], Staged]
    snapshot: int
    models: Mapping[str, Model]
    pinned: Mapping[tuple[str, Day], Manifest]

    @classmethod
    def look(
        cls,
        settings: Settings,
        lake: Lake,
        models: Mapping[str, Model],
        pinned: Iterable[Manifest] = (),
    ) -> World:
        """Read the ledger of the warehouse as it stands."""
        snapshot, records = lake.ledger()
        computed = {(record.table, Day(record.day)): record for record in records}
        by_day = {(m.table, m.day): m for m in pinned}
        return cls(SliceStore(settings.slices), computed, {}, snapshot, models, by_day)

    def day_column(self, name: str) -> str:
        """The column that holds the day of ``name``."""
        model = self.models.get(name)
        return model.day if model and model.day else "day"

    def with_staged(self, staged: Staged) -> World:
        """The same world, where this result has been computed."""
        key = (staged.model, Day(staged.day))
        return replace(self, staged={**self.staged, key: staged})

    def manifest(self, table: str, day: Day) -> Manifest | None:
        """The manifest that speaks for that slice."""
        return self.pinned.get((table, day)) or self.store.manifest(table, day)

    def checksum(self, name: str, day: Day) -> str | None:
        """What tells whether ``name`` of ``day`` has changed; None where there is none."""
        schema, table = name.split(".")
        if schema == "raw" and table in TABLES:
            manifest = self.manifest(table, day)
            return manifest.fingerprint if manifest and is_known(manifest) else None
        if staged := self.staged.get((name, day)):
            return staged.checksum
        record = self.computed.get((name, day))
        return record.checksum if record else None

    def input(self, name: str, day: Day) -> Input:
        """``name`` of ``day`` as an input, with its present checksum."""
        return Input(name, day.date, self.checksum(name, day))

    def dump_day(self, table: Table, day: Day) -> Day:
        """The day of the dump that holds on ``day``: the latest up to it, else the first after.

        The grid's map changes slowly: a dump a little too new is nearer to the truth than none.
        """
        dumps = [d for d in self.store.days(table.name) if self._has_rows(table.name, d)]
        before = [d for d in dumps if d <= day]
        return max(before) if before else min(dumps, default=day)

    def _has_rows(self, table: str, day: Day) -> bool:
        manifest = self.manifest(table, day)
        return manifest is not None and manifest.accepted > 0

    def raw_day(self, name: str, day: Day) -> Day:
        """The day whose rows of ``name`` speak for ``day``: for a dump's slice, another one."""
        schema, table_name = name.split(".")
        table = TABLES.get(table_name) if schema == "raw" else None
        return self.dump_day(table, day) if table and table.cut == "dump" else day

    def inputs(
        self, model: Model, day: Day, days: Mapping[str, Iterable[Day]]
    ) -> tuple[Input, ...]:
        """Inputs of ``model`` for ``day``; ``days`` names the days of those that read several."""
        return tuple(
            self.input(name, self.raw_day(name, d))
            for name in model.reads
            for d in days.get(name, (day,))
        )

    def why_stale(self, model: Model, day: Day, reading: str = "") -> str | None:
        """Why the recorded result for ``day`` no longer holds, in words; None if it does.

        The days that a result was computed from are those of its record: were there a reason
        to read others (the jobs have changed), one of the recorded inputs has changed as well.
        """
        record = self.computed.get((model.name, day))
        if record is None:
            return stale(None, (), model.fingerprint)
        current = [
            self.input(i.table, self.raw_day(i.table, Day(i.day)))
            for i in record.inputs
            if i.day is not None
        ]
        return stale(record, current, model.fingerprint, reading)

    def stale_models(self, day: Day, reading: Reading) -> dict[str, str]:
        """Models whose result for ``day`` does not follow from what is there now, and why."""
        reasons = {}
        for model in self.models.values():
            table = model.name.split(".")[1]
            manifest = self.manifest(table, day) if table in TABLES else None
            own_is_known = table not in TABLES or TABLES[table].cut == "dump"
            if model.day is None or not (own_is_known or (manifest and is_known(manifest))):
                continue
            why = self.why_stale(model, day, reading.text() if model.name == PAIRS else "")
            if why:
                reasons[model.name] = why
        return reasons


def is_known(manifest: Manifest) -> bool:
    """Whether the source had the day, be it empty."""
    return manifest.state != "unavailable"

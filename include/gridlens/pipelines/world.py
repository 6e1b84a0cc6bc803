"""What every table's day is computed from, and whether that has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from gridlens.errors import SettingsError
from gridlens.matching import Reading
from gridlens.pipelines.fortnight import FORTNIGHT, fortnight, fortnight_checksum
from gridlens.pipelines.models import MATCHED, PAIRS
from gridlens.pipelines.truth import TRUTH, Truth
from gridlens.quality import contracts
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES, Table
from gridlens.tables.checksum import checksum_sql
from gridlens.warehouse import ComputedDay, Input, Lake, Model, Staged, read_ledger, stale
from gridlens.window import Day, Window

# What the ledger calls the manifests and check results of a day.
CHECKS = "raw.check_results"
# What the ledger calls the transfers of any day that name a job of this one.
NAMED = "core.named_transfers"
NONE_NAMED = "none"


@dataclass(frozen=True)
class Named:
    """Transfers that name jobs of one day: their checksum, and the days that they started on."""

    checksum: str
    days: tuple[Day, ...]


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
        named: for each day of jobs that is looked at, the transfers that name one of these jobs.
        rules: fingerprint of each table's contract, with the bounds that the operator gives it.
        truth: what was planted, in the warehouse and in the files.
        dumps: days that have a dump, by table, once they have been asked for.
        seen_manifests: those that a fortnight was asked for: each is of many days' fortnights.
    """

    store: SliceStore
    computed: Mapping[tuple[str, Day], ComputedDay]
    staged: Mapping[tuple[str, Day], Staged]
    snapshot: int
    models: Mapping[str, Model]
    pinned: Mapping[tuple[str, Day], Manifest]
    named: Mapping[Day, Named]
    rules: Mapping[str, str]
    truth: Truth
    dumps: dict[str, list[Day]] = field(default_factory=dict)
    seen_manifests: dict[tuple[str, Day], Manifest | None] = field(default_factory=dict)

    @classmethod
    def look(
        cls,
        settings: Settings,
        lake: Lake,
        models: Mapping[str, Model],
    ) -> World:
        """Read the ledger of the warehouse as it stands."""
        with lake.reader() as con:
            return cls.seen(settings, con, models)

    @classmethod
    def seen(
        cls,
        settings: Settings,
        con: duckdb.DuckDBPyConnection,
        models: Mapping[str, Model],
        window: Window | None = None,
    ) -> World:
        """Read the ledger of the state that a reader reads.

        Args:
            settings: where the slices and the operator's bounds rest.
            con: the reader.
            models: of all tables, by name.
            window: whether anything is stale is asked of these days alone; None: of any.
        """
        snapshot, records = read_ledger(con)
        computed = {(record.table, Day(record.day)): record for record in records}
        store = SliceStore(settings.slices)
        truth = Truth.seen(con, settings.home)
        return cls(
            store, computed, {}, snapshot, models, {}, _named(con, window), _rules(settings), truth
        )

    def pinning(self, manifests: Iterable[Manifest]) -> World:
        """The same world, where these manifests count whatever stands in the store."""
        return replace(self, pinned={(m.table, m.day): m for m in manifests}, dumps={})

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

    def _seen_manifest(self, table: str, day: Day) -> Manifest | None:
        if (table, day) not in self.seen_manifests:
            self.seen_manifests[table, day] = self.manifest(table, day)
        return self.seen_manifests[table, day]

    def checksum(self, name: str, day: Day) -> str | None:
        """What tells whether ``name`` of ``day`` has changed; None where there is none."""
        schema, table = name.split(".")
        if schema == "raw" and table in TABLES:
            manifest = self.manifest(table, day)
            return manifest.fingerprint if manifest and is_known(manifest) else None
        if name == FORTNIGHT:
            return fortnight_checksum(fortnight(self._seen_manifest, day))
        if schema == "slices":
            return self._found(table, day)
        if name == NAMED:
            return self.named[day].checksum if day in self.named else NONE_NAMED
        if staged := self.staged.get((name, day)):
            return staged.checksum
        record = self.computed.get((name, day))
        return record.checksum if record else None

    def rows(self, name: str, day: Day) -> int:
        """Rows of ``name`` of ``day`` that were there before this run; 0 where there are none."""
        schema, table = name.split(".")
        if schema == "raw" and table in TABLES:
            manifest = self.manifest(table, day)
            return manifest.accepted if manifest else 0
        record = self.computed.get((name, day))
        return record.rows if record and (name, day) not in self.staged else 0

    def _found(self, table: str, day: Day) -> str | None:
        """What an extraction found, its duplicates, vanished keys and fields included."""
        m = self.manifest(table, day)
        if m is None:
            return None
        fields = hashlib.sha256(json.dumps(m.fields, sort_keys=True).encode()).hexdigest()[:16]
        return f"{m.fingerprint} {m.state} {m.fetched} {m.duplicates} {m.gone} {fields}"

    def input(self, name: str, day: Day) -> Input:
        """``name`` of ``day`` as an input, with its present checksum."""
        return Input(name, day.date, self.checksum(name, day))

    def dump_day(self, table: Table, day: Day) -> Day:
        """The day of the dump that holds on ``day``: the latest up to it, else the first after.

        The grid's map changes slowly: a dump a little too new is nearer to the truth than none.
        """
        if table.name not in self.dumps:
            days = self.store.days(table.name)
            self.dumps[table.name] = [d for d in days if self._has_rows(table.name, d)]
        dumps = self.dumps[table.name]
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

    def why_stale(self, name: str, day: Day, fingerprint: str, reading: str = "") -> str | None:
        """Why the recorded result for ``day`` no longer holds, in words; None if it does.

        The days that a result was computed from are those of its record: were there a reason
        to read others (the jobs have changed), one of the recorded inputs has changed as well.
        Only which dump speaks for the day is asked anew.
        """
        record = self.computed.get((name, day))
        recorded = record.inputs if record else ()
        current = [
            self.input(i.table, self.raw_day(i.table, day if _is_dump(i.table) else Day(i.day)))
            for i in recorded
            if i.day is not None
        ]
        return stale(record, current, fingerprint, reading)

    def is_ready(self, model: Model, day: Day) -> bool:
        """Whether the tables of the same day that ``model`` cannot do without are there.

        Files and transfers it can: a day without them has no pairs.
        """
        needed = (name for name in model.reads if name not in ("core.files", "core.transfers"))
        return all(self.checksum(name, day) is not None for name in needed)

    def stale_models(self, day: Day, reading: Reading) -> dict[str, str]:
        """Tables whose rows of ``day`` do not follow from what is there now, and why."""
        reasons: dict[str, str | None] = {}
        if not self._is_pruned(TABLES, day):
            reasons[CHECKS] = self._why_judge_again(day)
            reasons[TRUTH] = self.truth.why_other(day)
        for model in self.models.values():
            if model.day is not None and self._is_due(model, day):
                text = reading.text() if model.name == PAIRS else ""
                reasons[model.name] = self.why_stale(model.name, day, model.fingerprint, text)
        return {name: why for name, why in reasons.items() if why}

    def rules_fingerprint(self, day: Day) -> str:
        """Changes when the contract of one of the day's slices does, or its bounds."""
        found = ((name, self.manifest(name, day)) for name in self.rules)
        told = [(name, self.rules[name]) for name, m in found if m is not None and is_known(m)]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]

    def _why_judge_again(self, day: Day) -> str | None:
        record, fingerprint = self.computed.get((CHECKS, day)), self.rules_fingerprint(day)
        if record and record.model_fingerprint != fingerprint:
            return "the contracts or their bounds have changed"
        return self.why_stale(CHECKS, day, fingerprint)

    def _is_pruned(self, tables: Iterable[str], day: Day) -> bool:
        """Whether one of these slices was given up: what was loaded of them stays as it is."""
        found = (self.manifest(name, day) for name in tables)
        return any(m is not None and m.pruned for m in found)

    def _is_due(self, model: Model, day: Day) -> bool:
        """Whether the day has what ``model`` is computed from, or had."""
        table = TABLES.get(model.name.removeprefix("core."))
        # A day is loaded as a whole: the grid's map, too, which has no slice that is pruned.
        is_loaded = model.schema == "core" and model.name not in MATCHED
        if is_loaded and self._is_pruned(_slices_read(model) or TABLES, day):
            return False
        if (model.name, day) in self.computed or (table and table.is_map):
            return True
        if model.name in MATCHED or model.schema == "mart":
            return self.is_ready(model, day)
        manifest = self.manifest(table.name, day) if table else None
        return table is None or (manifest is not None and is_known(manifest))


def _slices_read(model: Model) -> list[str]:
    """The canonical tables whose slice of the day itself is read."""
    raw = (name.removeprefix("raw.") for name in model.reads if not _is_dump(name))
    return [name for name in raw if name in TABLES]


def _is_dump(name: str) -> bool:
    schema, table = name.split(".")
    return schema == "raw" and table in TABLES and TABLES[table].cut == "dump"


def _rules(settings: Settings) -> dict[str, str]:
    """Fingerprints of the contracts, or what is wrong with the operator's file: loads raise it."""
    try:
        rules = contracts(settings.thresholds)
    except SettingsError as error:
        return dict.fromkeys(TABLES, str(error))
    return {name: contract.fingerprint for name, contract in rules.items()}


def _named(con: duckdb.DuckDBPyConnection, window: Window | None) -> dict[Day, Named]:
    columns = checksum_sql(["pandaid", "transfer_id", "started_day"])
    where = "where j.job_day between ? and ? " if window else ""
    between = [window.first.date, window.end.plus(-1).date] if window else []
    rows = con.execute(
        f"select job_day, {columns}, list(distinct started_day) from (select j.job_day, "
        "j.pandaid, t.transfer_id, t.started_day from core.transfers t "
        f"join core.jobs j on t.pandaid = j.pandaid {where}) group by job_day",
        between,
    ).fetchall()
    return {Day(day): Named(checksum, tuple(map(Day, days))) for day, checksum, days in rows}


def is_known(manifest: Manifest) -> bool:
    """Whether the source had the day, be it empty."""
    return manifest.state != "unavailable"

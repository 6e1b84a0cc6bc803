"""What a backfill would take, told before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from gridlens.pipelines.extract import EXTRACTED, clients, slice_store
from gridlens.pipelines.plan_warehouse import WarehouseBasis
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.sources import Size, SourceConfig, load_config, measured, out_of_reach
from gridlens.tables import TABLES
from gridlens.window import Day, Window

# Taken until the slices of this home tell better.
USUAL_DOCUMENTS_PER_S = 20_000
USUAL_BYTES_PER_DOCUMENT = 150
# The rate of a shorter reading tells of its start, not of its way.
_LEAST_DOCUMENTS = 1_000
_USUAL = (
    f"the usual {USUAL_DOCUMENTS_PER_S:,} documents/s and {USUAL_BYTES_PER_DOCUMENT} bytes of disk "
    f"a document are taken, as no slice of at least {_LEAST_DOCUMENTS:,} documents tells others: "
)
_BEYOND = "are out of reach, as the index may have lost a part of them: say `begins` if it has not"
_FORM = "{:<18}{:>5}{:>15}{:>12}{:>13}{:>8}{:>12}"
_HEAD = ("table", "days", "documents", "GB to read", "documents/s", "hours", "GB of disk")


@dataclass(frozen=True)
class Share:
    """One table's share of a backfill; ``hours`` are of one extraction after the other."""

    table: str
    days: int
    documents: int
    read_bytes: float
    hours: float
    disk_bytes: float

    @property
    def documents_per_s(self) -> float:
        """The rate that the hours were computed with; over several tables, its mean."""
        return self.documents / (self.hours * 3600) if self.hours else 0.0

    def line(self) -> str:
        """As a line of the table that people read."""
        read, disk = (f"{n / 1e9:,.2f}" for n in (self.read_bytes, self.disk_bytes))
        rate, hours = f"{self.documents_per_s:,.0f}", f"{self.hours:,.2f}"
        return _FORM.format(self.table, self.days, f"{self.documents:,}", read, rate, hours, disk)


@dataclass(frozen=True)
class _Days:
    """The days of a window that one table still needs, and how many need nothing or cannot be."""

    wanted: tuple[Day, ...]
    there: int
    beyond: int


def plan(settings: Settings, window: Window) -> str:
    """Documents, bytes, hours and disk of a backfill, as a table; only counts are asked for.

    Below it, the hours and the disk of the warehouse, and how much disk is free.
    Days that are there already, or that the source cannot have, are told and not counted in.
    Files are found by their jobs; as many are told as changed last on these days.

    Raises:
        Transient: a source does not answer.
        Permanent: a source is wrong.
    """
    config, store = load_config(settings.sources), slice_store(settings)
    if not config.indices:
        return f"{settings.sources} reads no table from an index: there is nothing to plan"
    shares: list[Share] = []
    notes: list[str] = []
    usual: list[str] = []
    for table in (t for t in EXTRACTED if t in config.indices):
        days = _days(settings, config, store, table, window)
        basis = Basis.of(store, table)
        size = measured(config.indices[table], days.wanted, clients(settings))
        shares.append(basis.share(table, len(days.wanted), size))
        usual += [] if basis.is_measured else [table]
        notes += [f"{table}: {days.there} days are there already"] if days.there else []
        notes += [f"{table}: {days.beyond} days {_BEYOND}"] if days.beyond else []
    total = _total(shares)
    lines = [_FORM.format(*_HEAD), *(share.line() for share in (*shares, total))]
    warehouse = WarehouseBasis.of(settings)
    notes += warehouse.told(settings.home, total.days, total.documents, total.disk_bytes)
    return "\n".join([*lines, *notes, *([_USUAL + ", ".join(usual)] if usual else [])])


def _total(shares: Sequence[Share]) -> Share:
    return Share(
        "all",
        max((s.days for s in shares), default=0),
        sum(s.documents for s in shares),
        sum(s.read_bytes for s in shares),
        sum(s.hours for s in shares),
        sum(s.disk_bytes for s in shares),
    )


def _days(
    settings: Settings, config: SourceConfig, store: SliceStore, table: str, window: Window
) -> _Days:
    known = {day for day in store.days(table) if _is_known(store, table, day)}
    open_days = [day for day in window if day not in known]
    wanted = tuple(
        day
        for day in open_days
        if config.why_unavailable(day) is None and _is_reached(settings, config, table, day)
    )
    return _Days(wanted, len(list(window)) - len(open_days), len(open_days) - len(wanted))


def _is_reached(settings: Settings, config: SourceConfig, table: str, day: Day) -> bool:
    beyond = out_of_reach(config.inputs(TABLES[table]), day, None, clients(settings))
    return beyond is None or beyond.is_elsewhere


def _is_known(store: SliceStore, table: str, day: Day) -> bool:
    manifest = store.manifest(table, day)
    return manifest is not None and manifest.state != "unavailable"


@dataclass(frozen=True)
class Basis:
    """What a table's earlier extractions say of its next ones, or what is usual."""

    documents_per_s: float = USUAL_DOCUMENTS_PER_S
    bytes_per_document: float = USUAL_BYTES_PER_DOCUMENT
    is_measured: bool = False

    @classmethod
    def of(cls, store: SliceStore, table: str) -> Basis:
        """By the median over its slices of some size."""
        found = [m for day in store.days(table) if (m := store.manifest(table, day))]
        large = [m for m in found if (m.promised or 0) >= _LEAST_DOCUMENTS]
        if not (rates := [r for m in large for r in _rates(m)]):
            return cls()
        sizes = [_disk_bytes(store, m) / (m.promised or 1) for m in large]
        return cls(median(rates), median(sizes), is_measured=True)

    def share(self, table: str, days: int, size: Size) -> Share:
        """What these documents will take."""
        hours = size.documents / self.documents_per_s / 3600
        disk = size.documents * self.bytes_per_document
        return Share(table, days, size.documents, size.documents * size.mean_bytes, hours, disk)


def _disk_bytes(store: SliceStore, manifest: Manifest) -> int:
    return store.path(manifest).stat().st_size if manifest.file else 0


def _rates(manifest: Manifest) -> list[float]:
    """Documents a second of each index that the slice was read from."""
    found = manifest.run.get("transport", {}).values()
    return [float(each["documents_per_s"]) for each in found if each.get("documents_per_s")]

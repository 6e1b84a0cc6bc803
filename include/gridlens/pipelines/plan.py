"""What a backfill would take, told before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from gridlens.pipelines.extract import EXTRACTED, clients, slice_store
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.sources import SourceConfig, load_config, measured, out_of_reach
from gridlens.tables import TABLES
from gridlens.window import Day, Window

# Taken until the slices of this home tell better.
USUAL_DOCUMENTS_PER_S = 20_000
USUAL_BYTES_PER_DOCUMENT = 150
# The rate of a shorter reading tells of its start, not of its way.
_LEAST_DOCUMENTS = 1_000
_FORM = "{:<18}{:>5}{:>15}{:>12}{:>8}{:>12}"
_HEAD = ("table", "days", "documents", "GB to read", "hours", "GB of disk")


@dataclass(frozen=True)
class Share:
    """One table's share of a backfill; ``hours`` are of one extraction after the other."""

    table: str
    days: int
    documents: int
    read_bytes: float
    hours: float
    disk_bytes: float

    def line(self) -> str:
        """As a line of the table that people read."""
        sizes = (f"{n:,.2f}" for n in (self.read_bytes / 1e9, self.hours, self.disk_bytes / 1e9))
        return _FORM.format(self.table, self.days, f"{self.documents:,}", *sizes)


@dataclass(frozen=True)
class _Days:
    """The days of a window that one table still needs, and how many need nothing or cannot be."""

    wanted: tuple[Day, ...]
    there: int
    beyond: int


def plan(settings: Settings, window: Window) -> str:
    """Documents, bytes, hours and disk of a backfill, as a table; only counts are asked for.

    Days that are there already, or that the source cannot have, are told and not counted in.
    Files are found by jobs that are not there yet: as many are taken for a job as the indices
    hold in all.

    Raises:
        Transient: a source does not answer.
        Permanent: a source is wrong.
    """
    config, store = load_config(settings.sources), slice_store(settings)
    basis = _Basis.of(store)
    shares: list[Share] = []
    notes: list[str] = []
    jobs_part = 0.0
    for table in (t for t in EXTRACTED if t in config.indices):
        days = _days(settings, config, store, table, window)
        size = measured(config.indices[table], days.wanted, clients(settings))
        if table == "jobs":
            jobs_part = size.documents / max(size.in_all, 1)
        is_by_job = TABLES[table].cut == "job"
        documents = round(size.in_all * jobs_part) if is_by_job else size.documents
        shares.append(basis.share(table, len(days.wanted), documents, size.mean_bytes))
        notes += [f"{table}: {days.there} days are there already"] if days.there else []
        notes += [f"{table}: {days.beyond} days are out of reach"] if days.beyond else []
    lines = [_FORM.format(*_HEAD), *(share.line() for share in (*shares, _total(shares)))]
    return "\n".join([*lines, basis.told, *notes])


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
        if config.why_unavailable(day) is None
        and out_of_reach(config.indices[table], day, None, clients(settings)) is None
    )
    return _Days(wanted, len(list(window)) - len(open_days), len(open_days) - len(wanted))


def _is_known(store: SliceStore, table: str, day: Day) -> bool:
    manifest = store.manifest(table, day)
    return manifest is not None and manifest.state != "unavailable"


@dataclass(frozen=True)
class _Basis:
    """What earlier extractions of this home say of the next ones, or what is usual."""

    documents_per_s: float
    bytes_per_document: float
    told: str

    @classmethod
    def of(cls, store: SliceStore) -> _Basis:
        found = [m for t in EXTRACTED for d in store.days(t) if (m := store.manifest(t, d))]
        large = [m for m in found if m.file and m.accepted >= _LEAST_DOCUMENTS]
        rates = [r for m in large for r in _rates(m)]
        sizes = [store.path(m).stat().st_size / m.accepted for m in large]
        rate = median(rates) if rates else USUAL_DOCUMENTS_PER_S
        size = median(sizes) if sizes else USUAL_BYTES_PER_DOCUMENT
        told = (
            f"at {rate:,.0f} documents/s ({'measured here' if rates else 'usual'}), "
            f"{size:,.0f} bytes of slice a document ({'measured here' if sizes else 'usual'})"
        )
        return cls(rate, size, told)

    def share(self, table: str, days: int, documents: int, mean_bytes: float) -> Share:
        hours = documents / self.documents_per_s / 3600
        disk = documents * self.bytes_per_document
        return Share(table, days, documents, documents * mean_bytes, hours, disk)


def _rates(manifest: Manifest) -> list[float]:
    """Documents a second of each endpoint that the slice was read from."""
    found = manifest.run.get("transport", {}).values()
    return [float(each["documents_per_s"]) for each in found if each.get("documents_per_s")]

"""From batches to one published slice."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import SliceError
from gridlens.slices.attempts import next_attempt
from gridlens.slices.content import ASIDE_KEY, QUARANTINE, Content, Limits, settle
from gridlens.slices.lock import day_lock, scratch
from gridlens.slices.manifest import Manifest, read_manifest
from gridlens.slices.publication import key_files, publish_all, seal
from gridlens.slices.runs import Runs
from gridlens.tables import Batch, Table
from gridlens.tables.arrow import arrow_schema
from gridlens.window import Day

log = logging.getLogger(__name__)

# What the reader of the documents knows and a rerun repeats; all else it tells belongs to the run.
_SOURCE_FACTS = (
    "promised",
    "newest",
    "changed_sum",
    "maps",
    "query",
    "unmapped",
    "unseen",
    "fields",
)


class SliceWriter:
    """Collects the batches of one day and publishes them as one slice.

    Use it as a context manager: what is not finished leaves nothing behind.

    Args:
        root: the store's folder.
        table: the table of the rows.
        day: the day of the rows.
        limits: how much sorting may use.
        lock_timeout_s: longest wait for another extraction to publish the day.

    Attributes:
        attempt: its place among all extractions, once it is entered: later ones have larger ones.
    """

    def __init__(
        self, root: Path, table: Table, day: Day, limits: Limits, lock_timeout_s: float
    ) -> None:
        self._root, self._table, self._day, self._limits = root, table, day, limits
        self._schema = arrow_schema(table)
        self._lock_timeout_s = lock_timeout_s
        self._fetched = 0
        self._began = time.monotonic()
        self._open = ExitStack()
        self.attempt = 0

    def __enter__(self) -> SliceWriter:
        """Take a place in the order of attempts, before the first document is read."""
        self.attempt = next_attempt(self._root, self._table.name, self._day)
        with ExitStack() as opened:
            drafts = scratch(self._root, self._table.name, self._day)
            self._scratch = opened.enter_context(drafts)
            rows = Runs(self._path("rows"), self._schema, self._table.key)
            self._rows = opened.enter_context(rows)
            aside = Runs(self._path("aside"), QUARANTINE, ASIDE_KEY)
            self._aside = opened.enter_context(aside)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove all that was not published."""
        self._open.close()

    def add(self, batch: Batch) -> None:
        """Take in a batch: rows without a problem are accepted, the others quarantined.

        Raises:
            SliceError: a row is of another day, or the columns are not the table's.
        """
        rows = self._of_this_day(batch.rows)
        self._fetched += len(rows)
        if batch.problems:
            self._aside.add(self._quarantined(rows, batch))
            bad = pa.array({p.row for p in batch.problems}, pa.int64())
            rows = rows.filter(pc.invert(pc.is_in(pa.array(range(len(rows)), pa.int64()), bad)))
        self._rows.add(rows)

    def finish(self, facts: Mapping[str, Any]) -> Manifest:
        """Publish the slice, unless an extraction that began later has published one.

        What was read later is what stays: an attempt that was thought dead and lives on puts no
        older state over a newer one, and keeps no later attempt waiting while it reads.

        Args:
            facts: what the reader of the documents found out: ``promised``, ``maps`` (name and
                version), ``query``, ``unmapped``, ``unseen``, ``fields``; all others are the run's.

        Returns:
            The slice that stands then; one of a larger attempt where another was quicker.

        Raises:
            SliceError: the documents do not add up; the earlier slice still stands.
            SourceUnavailable: another extraction has been publishing the day for too long.
        """
        self._rows.close()
        self._aside.close()
        with day_lock(self._root, self._table.name, self._day, self._lock_timeout_s):
            earlier = read_manifest(self._root, self._table.name, self._day)
            if earlier and earlier.attempt > self.attempt:
                log.warning("slice %s %s: a later extraction was quicker", earlier.table, self._day)
                return earlier
            return self._publish(earlier, facts)

    def _publish(self, earlier: Manifest | None, facts: Mapping[str, Any]) -> Manifest:
        before = key_files(self._root, earlier)
        found = settle(self._table, self._rows, self._aside, before, self._scratch, self._limits)
        names = {field: self._name(stem) for field, (stem, _) in found.files.items()}
        drafts = {names[field]: draft for field, (_, draft) in found.files.items()}
        sha256 = seal(self._root, drafts, earlier)
        manifest = self._manifest(found, {**names, "sha256": sha256}, facts)
        publish_all(self._root, drafts, manifest, earlier, self._scratch)
        log.info("slice %s %s: %s", manifest.table, manifest.day, manifest.identity)
        return manifest

    def _manifest(
        self, found: Content, files: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> Manifest:
        run = {name: value for name, value in facts.items() if name not in _SOURCE_FACTS}
        maps: Mapping[str, str] = facts.get("maps", {})
        return Manifest(
            table=self._table.name,
            day=self._day,
            state="complete" if self._fetched else "empty",
            fingerprint=found.fingerprint,
            fetched=self._fetched,
            accepted=found.accepted,
            duplicates=found.duplicates,
            quarantined=found.quarantined,
            gone=found.gone,
            **files,
            promised=facts.get("promised"),
            newest=facts.get("newest"),
            changed_sum=facts.get("changed_sum"),
            map=", ".join(maps) or None,
            map_version=", ".join(maps.values()) or None,
            query=facts.get("query", {}),
            unmapped=tuple(facts.get("unmapped", ())),
            unseen=tuple(facts.get("unseen", ())),
            fields=facts.get("fields", {}),
            run={**run, **facts_of_run(self._began, self.attempt)},
        )

    def _of_this_day(self, rows: pa.Table) -> pa.Table:
        """The rows in the slice's types, without the day that they all must have."""
        where = f"{self._table.name} {self._day}"
        expected = [*self._schema.names, "slice_day"]
        if rows.column_names != expected:
            wrong = sorted(set(rows.column_names) ^ set(expected)) or "their order"
            raise SliceError(f"{where}: a batch's columns are not the table's: {wrong}")
        days = pc.unique(rows["slice_day"]).to_pylist()
        if days not in ([], [self._day.date]):
            raise SliceError(f"{where}: a batch holds rows of other days: {days}")
        return rows.drop_columns("slice_day").cast(self._schema)

    def _quarantined(self, rows: pa.Table, batch: Batch) -> pa.Table:
        """The rows that have a problem, as they stand in the quarantine."""
        first = {p.row: p for p in reversed(batch.problems)}
        at = sorted(first)
        keys = rows.column(self._table.key[0]).take(pa.array(at, pa.int64())).cast(pa.string())
        columns = (
            [self._table.name] * len(at),
            [self._day.date] * len(at),
            keys.to_pylist(),
            [first[i].field for i in at],
            [first[i].reason for i in at],
            batch.original(at),
        )
        return pa.table(dict(zip(QUARANTINE.names, columns, strict=True)), schema=QUARANTINE)

    def _name(self, stem: str) -> str:
        return f"{self._table.name}/{self._day}.{stem}.parquet"

    def _path(self, draft: str) -> Path:
        return self._scratch / f"{draft}.arrived"


def facts_of_run(began: float, attempt: int) -> dict[str, Any]:
    """What is true of this run alone: its place among all, its length, its end, who wrote."""
    return {
        "attempt": attempt,
        "seconds": round(time.monotonic() - began, 3),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"duckdb": duckdb.__version__, "pyarrow": pa.__version__},
    }

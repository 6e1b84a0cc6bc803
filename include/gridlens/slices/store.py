"""The folder of slices: who writes, what stands there, and whether it is still whole.

::

    jobs/2025-04-01.json                                   the manifest, replaced last
    jobs/2025-04-01.1f0c….parquet                          the slice, named by its content
    jobs/2025-04-01.1f0c….quarantine.parquet               documents kept aside, with reasons
    jobs/2025-04-01.77ab….gone.parquet                     keys that an earlier extraction had
    jobs/.2025-04-01.x7k2/                                 drafts of a writer at work
    jobs/.2025-04-01.lock                                  held by who publishes the day
    .attempts                                              how many extractions have begun
"""

from __future__ import annotations

import time
from collections.abc import Set
from pathlib import Path

from gridlens.disk import is_whole
from gridlens.errors import SettingsError, SliceError, SourceUnavailable
from gridlens.slices.attempts import next_attempt
from gridlens.slices.content import Limits, fingerprint_of_nothing
from gridlens.slices.lock import day_lock, scratch
from gridlens.slices.manifest import Manifest, manifest_path, read_manifest
from gridlens.slices.publication import publish_all
from gridlens.slices.sweep import sweep
from gridlens.slices.writer import SliceWriter, facts_of_run
from gridlens.tables import Table
from gridlens.window import Day


class SliceStore:
    """All slices under one folder.

    Args:
        root: the folder; made when first written to.
        memory_limit: most memory that sorting a day may hold before it spills to disk.
        threads: most threads that sorting a day may use.
        lock_timeout_s: longest wait for another extraction to publish the same day of a table.
    """

    def __init__(
        self,
        root: Path,
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        lock_timeout_s: float = 600.0,
    ) -> None:
        self._root = root
        self._limits = Limits(memory_limit, threads)
        self._lock_timeout_s = lock_timeout_s

    def writer(self, table: Table, day: Day) -> SliceWriter:
        """A writer for that day; nothing changes until it has finished."""
        return SliceWriter(self._root, table, day, self._limits, self._lock_timeout_s)

    def attempt(self, table: Table, day: Day) -> int:
        """A place in the order of attempts, taken before the source is asked."""
        return next_attempt(self._root, table.name, day)

    def write_unavailable(self, table: Table, day: Day, because: str, attempt: int) -> Manifest:
        """Record that the source cannot have the day: it is neither empty nor missing.

        Returns:
            The slice that stands then; one of a larger attempt where another was quicker.

        Raises:
            SliceError: the day is there, so that the source did have it.
            SourceUnavailable: another extraction has been publishing the day for too long.
        """
        began = time.monotonic()
        manifest = Manifest(
            table=table.name,
            day=day,
            state="unavailable",
            fingerprint=fingerprint_of_nothing(),
            query={"because": because},
            run=facts_of_run(began, attempt),
        )
        with (
            scratch(self._root, table.name, day) as drafts,
            day_lock(self._root, table.name, day, self._lock_timeout_s),
        ):
            earlier = self.manifest(table.name, day)
            if earlier and earlier.attempt > attempt:
                return earlier
            if earlier and (earlier.fetched or earlier.gone):
                raise SliceError(
                    f"{table.name} {day}: {because}, but a slice of that day is there "
                    f"({earlier.identity}, gone {earlier.gone}) and was left as it is: mend "
                    "`begins` of the source, or remove "
                    f"{manifest_path(self._root, table.name, day)}"
                )
            publish_all(self._root, {}, manifest, earlier, drafts)
        return manifest

    def manifest(self, table_name: str, day: Day) -> Manifest | None:
        """The manifest of that day; None if the day was never extracted."""
        return read_manifest(self._root, table_name, day)

    def days(self, table_name: str) -> list[Day]:
        """The days that have a manifest, whatever its state, in order."""
        return sorted(_day(path) for path in (self._root / table_name).glob("*.json"))

    def path(self, manifest: Manifest) -> Path:
        """The slice's Parquet file.

        Raises:
            SliceError: the day has none, being empty, unavailable or pruned.
        """
        require_files(manifest)
        if manifest.file is None:
            raise SliceError(
                f"{manifest.table} {manifest.day} is {manifest.state} and has no rows: "
                "look at the manifest's state before asking for its file"
            )
        return self._root / manifest.file

    def quarantine_path(self, manifest: Manifest) -> Path | None:
        """The quarantined documents; None if there are none."""
        return self._root / manifest.quarantine_file if manifest.quarantine_file else None

    def gone_path(self, manifest: Manifest) -> Path | None:
        """The keys that are gone; None if there are none."""
        return self._root / manifest.gone_file if manifest.gone_file else None

    def prune(self, table_name: str, day: Day) -> bool:
        """Give up the day's files, and keep what its manifest tells of them.

        The files go with a sweep, so that whoever reads them now can end.

        Returns:
            Whether there was anything to give up, and nobody publishes the day now.

        Raises:
            SliceError: the manifest cannot be read.
        """
        earlier = self.manifest(table_name, day)
        if earlier is None or not earlier.files:
            return False
        try:
            with (
                scratch(self._root, table_name, day) as drafts,
                day_lock(self._root, table_name, day, timeout_s=0),
            ):
                earlier = self.manifest(table_name, day) or earlier
                publish_all(self._root, {}, earlier.without_files(), earlier, drafts)
        except SourceUnavailable:
            return False
        return True

    def verify(self, manifest: Manifest) -> None:
        """Hold every file of the slice against its sha256.

        Raises:
            SliceError: a file is missing, torn or altered, or was given up.
        """
        require_files(manifest)
        for name in manifest.files:
            path = self._root / name
            if not is_whole(path, manifest.sha256[name]):
                wrong = (
                    "is not what was written (sha256 differs)" if path.exists() else "is missing"
                )
                raise SliceError(
                    f"{path} {wrong}: extract {manifest.table} {manifest.day} again, "
                    "or restore the file from a backup"
                )

    def sweep(self, keep: Set[str], *, older_than_s: float) -> list[str]:
        """Remove what nothing points at: old versions of slices, drafts of killed writers.

        The drafts of a writer that lives are left alone, whatever their age. A file's age counts
        from the moment when no manifest pointed at it any more. So ``older_than_s`` must exceed
        the longest time between reading a manifest and being done with its files: a load that
        computes from manifests read at its start, a query over slices. A load takes minutes, and
        a day of 24 hours costs little disk.

        Args:
            keep: slices that others name, relative to the root as in manifests: those that the
                warehouse was loaded from.
            older_than_s: leave alone what is younger.

        Returns:
            What was removed, relative to the root.
        """
        return sweep(self._root, keep, older_than_s)


def require_files(manifest: Manifest) -> None:
    """Refuse a slice whose files were given up.

    Raises:
        SliceError: it was pruned.
    """
    if manifest.pruned:
        raise SliceError(
            f"{manifest.table} {manifest.day} was pruned, being old (GRIDLENS_KEEP_SLICES_DAYS): "
            "the warehouse keeps its rows; to compute the day again, extract all of it with "
            f"`gridlens run-day {manifest.day}`"
        )


def _day(path: Path) -> Day:
    try:
        return Day.parse(path.stem)
    except SettingsError:
        raise SliceError(f"{path} is no manifest of a day: move it out of the store") from None

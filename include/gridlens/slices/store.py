"""The folder of slices: who writes, what stands there, and whether it is still whole.

::

    jobs/2025-04-01.json                                   the manifest, replaced last
    jobs/2025-04-01.1f0c….parquet                          the slice, named by its content
    jobs/2025-04-01.1f0c….quarantine.parquet               documents kept aside, with reasons
    jobs/2025-04-01.77ab….gone.parquet                     keys that an earlier extraction had
    jobs/.2025-04-01.x7k2/                                 drafts of a writer at work
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from gridlens.errors import SettingsError, SliceError
from gridlens.slices.content import Limits, fingerprint_of_nothing
from gridlens.slices.disk import is_whole
from gridlens.slices.manifest import Manifest, read_manifest
from gridlens.slices.publication import publish_all
from gridlens.slices.writer import SliceWriter, facts_of_run
from gridlens.tables import Table
from gridlens.window import Day


class SliceStore:
    """All slices under one folder.

    Args:
        root: the folder; made when first written to.
        memory_limit: most memory that sorting a day may hold before it spills to disk.
        threads: most threads that sorting a day may use.
    """

    def __init__(self, root: Path, *, memory_limit: str = "1GB", threads: int = 2) -> None:
        self._root = root
        self._limits = Limits(memory_limit, threads)

    def writer(self, table: Table, day: Day) -> SliceWriter:
        """A writer for that day; nothing changes until it has finished."""
        return SliceWriter(self._root, table, day, self._limits)

    def write_unavailable(self, table: Table, day: Day, because: str) -> Manifest:
        """Record that the source cannot have the day: it is neither empty nor missing."""
        began = time.monotonic()
        manifest = Manifest(
            table=table.name,
            day=day,
            state="unavailable",
            fingerprint=fingerprint_of_nothing(),
            query={"because": because},
            run=facts_of_run(began),
        )
        folder = self._root / table.name
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{day}.", dir=folder) as scratch:
            publish_all(self._root, {}, manifest, Path(scratch))
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
            SliceError: the day has none, being empty or unavailable.
        """
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

    def verify(self, manifest: Manifest) -> None:
        """Hold every file of the slice against its sha256.

        Raises:
            SliceError: a file is missing, torn or altered.
        """
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

    def sweep(self, keep: set[str], *, older_than_s: float) -> list[str]:
        """Remove what nothing points at: old versions of slices, drafts of killed writers.

        Args:
            keep: files that others still read, relative to the root as in manifests.
            older_than_s: leave alone what is younger; a reader or a writer may be at work.

        Returns:
            What was removed, relative to the root.
        """
        pointed_at = keep | self._pointed_at()
        limit = time.time() - older_than_s
        found = sorted((*self._root.glob("*/*.parquet"), *self._root.glob("*/.*")))
        names = {path: path.relative_to(self._root).as_posix() for path in found}
        old = [p for p in found if names[p] not in pointed_at and p.stat().st_mtime < limit]
        for path in old:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return [names[path] for path in old]

    def _pointed_at(self) -> set[str]:
        tables = [folder.name for folder in self._root.glob("*") if folder.is_dir()]
        manifests = (self.manifest(table, day) for table in tables for day in self.days(table))
        return {name for manifest in manifests if manifest for name in manifest.files}


def _day(path: Path) -> Day:
    try:
        return Day.parse(path.stem)
    except SettingsError:
        raise SliceError(f"{path} is no manifest of a day: move it out of the store") from None

"""Removing what nothing points at any more: old versions of slices, drafts of killed writers."""

from __future__ import annotations

import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from gridlens.errors import SettingsError, SourceUnavailable
from gridlens.slices.lock import day_lock, is_at_work, lock_path
from gridlens.slices.manifest import read_manifest
from gridlens.window import Day

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Remains:
    """The files of one day of a table, of which some may have to go."""

    root: Path
    table: str
    day: Day
    files: list[Path]

    def old(self, keep: Set[str], limit: float) -> list[Path]:
        """Those that neither the manifest, nor ``keep``, nor a writer needs, and that are old."""
        manifest = read_manifest(self.root, self.table, self.day)
        needed = keep | set(manifest.files if manifest else ())
        old = [f for f in self.files if self.name(f) not in needed and _is_older(f, limit)]
        return [f for f in old if not is_at_work(f)]

    def name(self, path: Path) -> str:
        """The file's name relative to the root, as manifests have it."""
        return path.relative_to(self.root).as_posix()


def sweep(root: Path, keep: Set[str], older_than_s: float) -> list[str]:
    """Remove what is old and needed by nobody; returns the names relative to the root."""
    limit = time.time() - older_than_s
    days: defaultdict[tuple[str, Day], list[Path]] = defaultdict(list)
    for path in sorted((*root.glob("*/*.parquet"), *root.glob("*/.*"))):
        day = _day_of_file(path)
        if day is not None:
            days[path.parent.name, day].append(path)
    remains = (_Remains(root, table, day, files) for (table, day), files in sorted(days.items()))
    # Looked at first without the lock: of most days there is nothing to remove.
    return [name for r in remains if r.old(keep, limit) for name in _remove(r, keep, limit)]


def _remove(remains: _Remains, keep: Set[str], limit: float) -> list[str]:
    """Remove a day's remains, unless somebody publishes the day now."""
    root, table, day = remains.root, remains.table, remains.day
    try:
        with day_lock(root, table, day, timeout_s=0):
            # The lock that a killed writer left goes with the one that is held here: were it
            # removed before the files, a writer could begin in between.
            lock = lock_path(root, table, day)
            old = [path for path in remains.old(keep, limit) if path != lock]
            for path in old:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    except SourceUnavailable:
        log.info("%s %s is being published: its old files stay until the next sweep", table, day)
        return []
    return [remains.name(path) for path in old]


def _is_older(path: Path, limit: float) -> bool:
    try:
        return path.stat().st_mtime < limit
    except FileNotFoundError:  # a draft whose writer has ended since the folder was listed
        return False


def _day_of_file(path: Path) -> Day | None:
    """The day in a file's name; None for a file that is not of the store."""
    try:
        return Day.parse(path.name.removeprefix(".").split(".")[0])
    except SettingsError:
        return None

"""Extractions of one day in the order in which they began: the later one's result stays."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from gridlens.slices.manifest import read_manifest
from gridlens.window import Day

_DIGITS = 20


def next_attempt(root: Path, table: str, day: Day) -> int:
    """A number larger than that of every attempt that began before.

    Whoever reads documents takes it first. A worker that is killed leaves its task running, and
    what that task has read may be older than what its retry has published since.
    """
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / ".attempts", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        standing = read_manifest(root, table, day)
        # A store that was restored without its counter goes on after its manifests.
        last = max(int(os.pread(descriptor, _DIGITS, 0) or 0), standing.attempt if standing else 0)
        os.pwrite(descriptor, f"{last + 1:0{_DIGITS}}".encode(), 0)
        return last + 1
    finally:
        os.close(descriptor)

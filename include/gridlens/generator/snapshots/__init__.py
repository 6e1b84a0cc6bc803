"""Fitted engines at rest: folders of plain data, a manifest each, and a pointer to the champion."""

from gridlens.generator.snapshots.champion import champion, pointer, promote, rollback, tidy
from gridlens.generator.snapshots.manifest import Manifest
from gridlens.generator.snapshots.store import Snapshot, identifiers, read, write

__all__ = [
    "Manifest",
    "Snapshot",
    "champion",
    "identifiers",
    "pointer",
    "promote",
    "read",
    "rollback",
    "tidy",
    "write",
]

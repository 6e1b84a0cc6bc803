"""Files that are there as a whole or not at all, whenever the machine stops."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The sha256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(path: Path, sha256: str) -> bool:
    """Whether the file stands there with these bytes."""
    return path.is_file() and sha256_of(path) == sha256


def publish(draft: Path, target: Path) -> None:
    """Give a finished file its name; both must stand on one file system."""
    sync(draft)
    draft.replace(target)
    # Without this the name itself may be lost, while a manifest that names it is not.
    sync(target.parent)


def sync(path: Path) -> None:
    """Let a file's bytes, or the names in a folder, outlive a crash of the machine."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Files that are there as a whole or not at all, whenever the machine stops or its disk is full."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from uuid import uuid4

_NUMBERS = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
# As the system says it, SQLite (of whose "disk I/O error" a full disk is by far the most frequent
# cause), and DuckDB of what it may spill.
_WORDS = (
    "no space left on device",
    "file too large",
    "disk quota exceeded",
    "disk is full",
    "disk i/o error",
    "max_temp_directory_size",
)


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


def publish_text(text: str, target: Path) -> None:
    """Write a text by way of a draft of its own, so that two writers do not meet; the last stays.

    Args:
        text: the whole of the file.
        target: its name; the folder is made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{uuid4().hex}")
    draft.write_text(text, encoding="utf-8")
    publish(draft, target)


def sync(path: Path) -> None:
    """Let a file's bytes, or the names in a folder, outlive a crash of the machine."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_full(error: BaseException) -> bool:
    """Whether the error, of whatever engine, says that a file could not grow."""
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    return any(word in str(error).lower() for word in _WORDS)

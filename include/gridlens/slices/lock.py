"""Who publishes a day, and who is at work on one: locks that end with their process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gridlens.errors import SourceUnavailable
from gridlens.window import Day

_POLL_S = 0.05


def lock_path(root: Path, table: str, day: Day) -> Path:
    """The file that is locked; it stands there only while somebody publishes the day."""
    return root / table / f".{day}.lock"


@contextmanager
def day_lock(root: Path, table: str, day: Day, timeout_s: float) -> Iterator[None]:
    """Hold the one lock of that day of the table, to publish it or to clean up behind it.

    Raises:
        SourceUnavailable: another held the day for longer than the timeout.
    """
    path = lock_path(root, table, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + timeout_s
    while (held := _take(path)) is None:
        if time.monotonic() >= end:
            raise SourceUnavailable(
                f"another extraction publishes {table} {day}, for more than {timeout_s:g} s "
                f"({path} is locked); try again when it has ended"
            )
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        # Removed while it is held: who waits for it finds that it is no longer the day's lock.
        path.unlink(missing_ok=True)
        os.close(held)


@contextmanager
def scratch(root: Path, table: str, day: Day) -> Iterator[Path]:
    """A folder for one writer's drafts, beside the slices: there a rename is one step.

    The lock on it tells a sweep that its writer lives.
    """
    folder = root / table
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{day}.", dir=folder) as name:
        held = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def is_at_work(path: Path) -> bool:
    """Whether it is the folder of a writer that lives."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except (NotADirectoryError, FileNotFoundError):  # a file, or a draft whose writer has ended
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(path: Path) -> int | None:
    """The open lock file, or None if it is not to be had now."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not _stands_at(path, descriptor):
        os.close(descriptor)
        return None
    return descriptor


def _stands_at(path: Path, descriptor: int) -> bool:
    """Whether the path still leads to the open file, and not to a later one of that name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

"""One writer at a time: a file lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridlens.errors import WarehouseBusy

LOCK = "writer.lock"
ON = " on "  # between the number of a process and its host
_POLL_S = 0.05


@contextmanager
def writer_lock(folder: Path, timeout_s: float) -> Iterator[None]:
    """Hold the folder's one lock for writers.

    Raises:
        WarehouseBusy: another process held it for longer than the timeout.
    """
    path = folder / LOCK
    # DuckLake conflicts are per table: two days of one table would break each other's load.
    with path.open("a+", encoding="ascii") as file:
        _acquire(file.fileno(), path, timeout_s)
        file.truncate(0)
        file.write(f"{os.getpid()}{ON}{socket.gethostname()}")
        file.flush()
        yield


def held_by(folder: Path) -> str | None:
    """Who holds the lock now, as ``4711 on host``; None: nobody does."""
    path = folder / LOCK
    if not path.exists():
        return None
    with path.open(encoding="ascii") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read() or "unknown"
    return None


def _acquire(descriptor: int, path: Path, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = path.read_text(encoding="ascii") or "unknown"
                raise WarehouseBusy(
                    f"process {holder} has been writing to {path.parent} for more than "
                    f"{timeout_s:g} s; try again, or raise GRIDLENS_LOCK_TIMEOUT_S"
                ) from None
            time.sleep(_POLL_S)
        else:
            return

"""At most so many requests at once and in a second, over all processes of this machine."""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOOK_AGAIN_S = 0.02


class Slots:
    """Places for requests: each is a lock file, which the system frees if its holder dies.

    Args:
        folder: where the files stand; processes that share it share the places.
        name: of the endpoint.
        parallel: number of places.
        per_second: most requests in a second, all places together.
    """

    def __init__(self, folder: Path, name: str, parallel: int, per_second: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._paths = [folder / f"{name}.{n}.slot" for n in range(parallel)]
        self._apart_s = parallel / per_second

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a place, and until its last request is long enough ago; keep it meanwhile."""
        place = self._taken()
        try:
            # A file's own time is the only memory that all processes share.
            ago = time.time() - os.fstat(place).st_mtime
            if 0 <= ago < self._apart_s and os.fstat(place).st_size:
                time.sleep(self._apart_s - ago)
            os.pwrite(place, b"used", 0)
            yield
        finally:
            os.close(place)

    def _taken(self) -> int:
        while True:
            for path in random.sample(self._paths, len(self._paths)):
                place = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
                with suppress(BlockingIOError):
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return place
                os.close(place)
            time.sleep(_LOOK_AGAIN_S * (0.5 + random.random()))  # noqa: S311 - no secret hangs on it

"""A polite stop: what is open elsewhere is closed before the process ends."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = 128 + signal.SIGTERM  # as shells count


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM end the block as an error does, and then the process; for the main thread.

    Raises:
        SystemExit: with the code 143, if the process was asked to stop.
    """
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        sys.exit(STOPPED)

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except RuntimeError as error:
        # DuckDB puts an error of its own in the place of what a signal raises amid a query.
        if asked:
            raise SystemExit(STOPPED) from error
        raise
    finally:
        signal.signal(signal.SIGTERM, earlier)

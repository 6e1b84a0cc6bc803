"""Several streams read side by side, each in a thread of its own, as one iterator."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_LOOK_UP_S = 0.2
# A thread may be waiting for an answer that nobody needs any more; it dies with the process.
_LAST_ANSWER_S = 10.0


def side_by_side(streams: Sequence[Callable[[], Iterator[T]]], workers: int) -> Generator[T]:
    """All items of all streams, in the order in which they come.

    At most ``workers`` streams are read at once, and one item of each waits to be taken, so that
    memory does not grow where the taker is slower. The first error of a stream ends them all.
    """
    waiting: queue.SimpleQueue[Callable[[], Iterator[T]]] = queue.SimpleQueue()
    for stream in streams:
        waiting.put(stream)
    found: queue.Queue[T | BaseException | None] = queue.Queue(maxsize=workers)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_read, args=(waiting, found, stop), daemon=True)
        for _ in range(min(workers, len(streams)))
    ]
    for thread in threads:
        thread.start()
    try:
        yield from _taken(found, len(threads))
    finally:
        stop.set()
        for thread in threads:
            thread.join(_LAST_ANSWER_S)


def _taken(found: queue.Queue[T | BaseException | None], running: int) -> Iterator[T]:
    while running:
        item = found.get()
        if isinstance(item, BaseException):
            raise item
        if item is None:
            running -= 1
        else:
            yield item


def _read(
    waiting: queue.SimpleQueue[Callable[[], Iterator[T]]],
    found: queue.Queue[T | BaseException | None],
    stop: threading.Event,
) -> None:
    try:
        while not stop.is_set():
            stream = waiting.get_nowait()
            for item in stream():
                if not _put(found, item, stop):
                    return
    except queue.Empty:
        _put(found, None, stop)
    except BaseException as error:
        _put(found, error, stop)


def _put(
    found: queue.Queue[T | BaseException | None],
    item: T | BaseException | None,
    stop: threading.Event,
) -> bool:
    """Hand an item over; False if nobody will take it any more."""
    while not stop.is_set():
        try:
            found.put(item, timeout=_LOOK_UP_S)
        except queue.Full:
            continue
        return True
    return False

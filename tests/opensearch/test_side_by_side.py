"""Several streams as one, and places for requests over several processes."""

import multiprocessing
import threading
import time
from functools import partial

import pytest

from gridlens.sources.opensearch.parallel import side_by_side
from gridlens.sources.opensearch.slots import Slots


def test_all_items_of_all_streams_come_once():
    streams = [partial(range, n * 100, n * 100 + 50) for n in range(7)]
    found = sorted(side_by_side([lambda s=s: iter(s()) for s in streams], 2))
    assert found == [n * 100 + i for n in range(7) for i in range(50)]


def test_the_first_error_of_a_stream_ends_them_all():
    def broken():
        yield 1
        raise ValueError("the second item is missing")

    with pytest.raises(ValueError, match="second item"):
        list(side_by_side([broken, lambda: iter(range(10_000))], 2))
    assert not [t for t in threading.enumerate() if "_read" in t.name]


def test_who_stops_taking_leaves_no_thread_behind():
    items = side_by_side([lambda: iter(range(10_000))] * 3, 2)
    next(items)
    items.close()
    assert not [t for t in threading.enumerate() if "_read" in t.name]


def test_a_stream_waits_until_its_items_are_taken():
    made = []

    def stream():
        for n in range(100):
            made.append(n)
            yield n

    items = side_by_side([stream], 1)
    next(items)
    time.sleep(0.1)
    assert len(made) <= 4
    items.close()


def _busy(folder, running, most, start):
    start.wait()
    slots = Slots(folder, "os", parallel=2, per_second=10_000)
    for _ in range(20):
        with slots.one():
            with running.get_lock():
                running.value += 1
                most.value = max(most.value, running.value)
            time.sleep(0.002)
            with running.get_lock():
                running.value -= 1


def test_no_more_requests_at_once_than_places_over_all_processes(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    running, most = spawn.Value("i", 0), spawn.Value("i", 0)
    shared = (tmp_path, running, most, spawn.Barrier(4))
    workers = [spawn.Process(target=_busy, args=shared) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0] * 4
    assert most.value == 2


def test_requests_keep_their_distance(tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    slots = Slots(tmp_path, "os", parallel=1, per_second=0.5)
    with slots.one():
        pass
    with slots.one():
        pass
    assert len(slept) == 1
    assert 1.9 < slept[0] <= 2.0

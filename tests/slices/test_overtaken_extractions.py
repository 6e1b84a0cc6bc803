"""Of two extractions of a day, what began later stays, whichever ends first.

A worker that is killed leaves its task running: it may end beside its own retry, or after it.
"""

from contextlib import ExitStack
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slice_rows import DAY, FACTS, batch, extract, rows_of, write_unavailable

from gridlens.slices import SliceStore
from gridlens.tables import JOBS

OLD, NEW = "running", "finished"


@pytest.fixture
def store(tmp_path):
    return SliceStore(tmp_path, lock_timeout_s=0.2)


class Attempt:
    """An extraction, step by step."""

    def __init__(self, store, stack):
        self._store, self._stack = store, stack

    def begin(self):
        self.writer = self._stack.enter_context(self._store.writer(JOBS, DAY))

    def read(self, status):
        self.writer.add(batch({"pandaid": 1, "jobstatus": status}))

    def end(self):
        self.stands = self.writer.finish(FACTS)


def interleaved(older="bre", newer="BRE"):
    """All orders of the steps of two attempts, of which the first begins before the second."""
    orders = {"".join(order) for order in permutations(older + newer)}
    in_order = (o for o in orders if all(_follow(o, steps) for steps in (older, newer)))
    return sorted(o for o in in_order if o.index("b") < o.index("B"))


def _follow(order, steps):
    return [s for s in order if s in steps] == list(steps)


def status_of(store):
    manifest = store.manifest("jobs", DAY)
    return rows_of(store.path(manifest), "jobstatus") if manifest.file else manifest.state


@pytest.mark.parametrize("order", interleaved())
def test_extraction_that_began_later_stays_in_every_order_of_steps(store, order):
    with ExitStack() as stack:
        older, newer = Attempt(store, stack), Attempt(store, stack)
        steps = {
            "b": older.begin,
            "r": lambda: older.read(OLD),
            "e": older.end,
            "B": newer.begin,
            "R": lambda: newer.read(NEW),
            "E": newer.end,
        }
        for step in order:
            steps[step]()
    assert status_of(store) == [(NEW,)]
    assert newer.stands.attempt == newer.writer.attempt
    is_overtaken = order.index("E") < order.index("e")
    assert (older.stands.attempt > older.writer.attempt) == is_overtaken


def test_overtaken_extraction_writes_nothing_and_says_so(store, tmp_path, caplog):
    with store.writer(JOBS, DAY) as older:
        older.add(batch({"pandaid": 7}))
        newer = extract(store, batch({"pandaid": 1}))
        before = sorted(p.name for p in tmp_path.glob("jobs/*"))
        assert older.finish(FACTS) == newer
    assert sorted(p.name for p in tmp_path.glob("jobs/[!.]*")) == [b for b in before if b[0] != "."]
    assert store.manifest("jobs", DAY).gone == 0
    assert "slice jobs 2025-04-01: a later extraction was quicker" in caplog.text


def test_extraction_that_began_first_and_found_no_source_leaves_an_empty_day_as_it_is(store):
    before = store.attempt(JOBS, DAY)
    extract(store)
    assert store.write_unavailable(JOBS, DAY, "it begins later", before).state == "empty"
    assert store.manifest("jobs", DAY).state == "empty"


def test_extraction_that_began_first_ends_well_beside_a_day_that_has_come(store):
    before = store.attempt(JOBS, DAY)
    extract(store, batch({"pandaid": 1}))
    assert store.write_unavailable(JOBS, DAY, "it begins later", before).state == "complete"


def test_documents_read_before_the_source_was_cut_off_do_not_come_back(store):
    with store.writer(JOBS, DAY) as older:
        older.add(batch({"pandaid": 1}))
        write_unavailable(store, "it ended")
        assert older.finish(FACTS).state == "unavailable"


def test_store_that_lost_its_counter_goes_on_after_its_manifests(store, tmp_path):
    for _ in range(3):
        extract(store, batch({"pandaid": 1}))
    (tmp_path / ".attempts").unlink()
    assert extract(store, batch({"pandaid": 2})).attempt == 4


def test_manifest_of_an_earlier_version_is_overtaken_by_any_attempt(store, tmp_path):
    extract(store, batch({"pandaid": 1}))
    path = tmp_path / "jobs" / "2025-04-01.json"
    path.write_text(path.read_text().replace('"attempt": 1,', ""))
    assert extract(store, batch({"pandaid": 2})).accepted == 1
    assert store.manifest("jobs", DAY).gone == 1


@settings(max_examples=10)
@given(st.permutations([n for n in range(3) for _ in range(3)]))
def test_what_stands_is_what_the_latest_beginner_has_published(turns):
    with TemporaryDirectory() as folder, ExitStack() as stack:
        store = SliceStore(Path(folder))
        attempts = [Attempt(store, stack) for _ in range(3)]
        steps = {n: iter(("begin", "read", "end")) for n in range(3)}
        ended, began = [], []
        for moment, turn in enumerate(turns):
            step = next(steps[turn])
            if step == "begin":
                began.append(turn)
            getattr(attempts[turn], step)(*([str(moment)] if step == "read" else []))
            if step == "end":
                ended.append(turn)
                latest = max(ended, key=began.index)
                read_at = [m for m, t in enumerate(turns) if t == latest][1]
                assert status_of(store) == [(str(read_at),)]

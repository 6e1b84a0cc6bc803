"""Publications of one day follow one another, and a sweep stays out of the writers' way."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from slice_rows import DAY, FACTS, batch, extract, rows_of, write_unavailable

from gridlens.errors import SliceError, SourceUnavailable, Transient
from gridlens.slices import SliceStore
from gridlens.slices.lock import day_lock
from gridlens.tables import FILES, JOBS

ONE, TWO, THREE = ({"pandaid": n} for n in (1, 2, 3))

HOLDING = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from slice_rows import DAY, FACTS, batch
from gridlens.slices import SliceStore
from gridlens.tables import JOBS
with SliceStore(Path(sys.argv[1])).writer(JOBS, DAY) as writer:
    writer.add(batch({"pandaid": 1}))
    print("holds", flush=True)
    if sys.stdin.readline():
        writer.finish(FACTS)
"""


@pytest.fixture
def store(tmp_path):
    return SliceStore(tmp_path, lock_timeout_s=0.2)


@pytest.fixture
def holder(tmp_path):
    """Another process that has begun to extract DAY, and ends when it is told to."""
    command = [sys.executable, "-c", HOLDING, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"holds\n"
        yield child
        child.kill()


def test_extraction_that_ends_later_knows_the_keys_of_the_one_before_it(holder, tmp_path):
    store = SliceStore(tmp_path)
    with store.writer(JOBS, DAY) as later:
        later.add(batch(TWO))
        holder.stdin.write(b"finish\n")
        holder.stdin.flush()
        assert holder.wait() == 0
        manifest = later.finish(FACTS)
    assert rows_of(store.path(manifest), "pandaid") == [(2,)]
    assert rows_of(store.gone_path(manifest), "pandaid") == [(1,)]


def test_waiting_to_publish_ends_with_an_error_that_says_to_try_again(store, tmp_path):
    with (
        day_lock(tmp_path, "jobs", DAY, 0),
        pytest.raises(SourceUnavailable, match="another extraction publishes jobs 2025-04-01"),
    ):
        extract(store, batch(TWO))
    assert issubclass(SourceUnavailable, Transient)
    assert store.manifest("jobs", DAY) is None


def test_unavailable_day_waits_as_well(store, tmp_path):
    with day_lock(tmp_path, "jobs", DAY, 0), pytest.raises(SourceUnavailable, match="publishes"):
        write_unavailable(store, "the source begins 2025-06-01")


def test_other_day_and_other_table_do_not_wait(holder, store):
    extract(store, batch(ONE, day=DAY.plus(1)), day=DAY.plus(1))
    extract(store, table=FILES)


def test_reading_of_another_process_keeps_nobody_waiting(holder, store):
    assert extract(store, batch(TWO)).accepted == 1


def test_publication_leaves_no_lock_and_no_draft_behind(store, tmp_path):
    extract(store, batch(ONE))
    assert list(tmp_path.glob("jobs/.*")) == []


def test_two_processes_beside_each_other_lose_no_key_that_was_published(tmp_path):
    turns = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\nfrom slice_rows import DAY, FACTS, batch\n"
        "from gridlens.slices import SliceStore\nfrom gridlens.tables import JOBS\n"
        "published = 0\n"
        "for n in range(8):\n"
        "    with SliceStore(Path(sys.argv[1])).writer(JOBS, DAY) as writer:\n"
        "        writer.add(batch({'pandaid': int(sys.argv[3]) + n}))\n"
        "        published += writer.finish(FACTS).attempt == writer.attempt\n"
        "print(published)\n"
    )
    command = [sys.executable, "-c", turns, str(tmp_path), str(Path(__file__).parent)]
    children = [
        subprocess.Popen([*command, start], stdout=subprocess.PIPE) for start in ("100", "200")
    ]
    published = sum(int(child.communicate()[0]) for child in children)
    manifest = SliceStore(tmp_path).manifest("jobs", DAY)
    assert manifest.accepted + manifest.gone == published
    assert manifest.attempt == 16


def test_sweep_leaves_the_drafts_of_a_writer_alone_that_lives(store, holder, tmp_path):
    drafts = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert store.sweep(set(), older_than_s=-1) == []
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == drafts
    holder.stdin.write(b"finish\n")
    holder.stdin.flush()
    assert holder.wait() == 0
    store.verify(store.manifest("jobs", DAY))


def test_sweep_removes_the_drafts_of_a_killed_writer(store, holder, tmp_path):
    holder.kill()
    holder.wait()
    (removed,) = store.sweep(set(), older_than_s=-1)
    assert removed.startswith("jobs/.2025-04-01.")
    assert list(tmp_path.glob("jobs/.*")) == []


def test_file_ages_from_the_moment_when_it_was_replaced(store):
    first = extract(store, batch(ONE))
    long_ago = time.time() - 7 * 24 * 3600
    os.utime(store.path(first), (long_ago, long_ago))
    extract(store, batch(TWO))
    assert store.sweep(set(), older_than_s=3600) == []
    store.verify(first)


def test_sweep_leaves_files_alone_that_are_not_of_the_store(store, tmp_path):
    extract(store, batch(ONE))
    for name in (".keep", "notes.parquet"):
        (tmp_path / "jobs" / name).touch()
    assert store.sweep(set(), older_than_s=-1) == []


def test_day_that_is_there_cannot_become_unavailable(store):
    there = extract(store, batch(ONE))
    with pytest.raises(SliceError, match="begins 2025-06-01, but a slice of that day is there"):
        write_unavailable(store, "the source begins 2025-06-01")
    assert store.manifest("jobs", DAY) == there


def test_day_that_was_there_once_cannot_become_unavailable(store):
    extract(store, batch(ONE))
    extract(store)
    with pytest.raises(SliceError, match=r"gone 1\) and was left as it is: mend `begins`"):
        write_unavailable(store, "the source begins 2025-06-01")


def test_empty_day_may_become_unavailable(store):
    extract(store)
    assert write_unavailable(store, "it begins later").state == "unavailable"

"""The same day once more: what stays the same, what is gone, what survives a crash."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from slice_rows import DAY, batch, extract, rows_of

import gridlens.slices.publication as publication
from gridlens.errors import SliceError
from gridlens.slices import Manifest, SliceStore

ONE, TWO, THREE = ({"pandaid": n} for n in (1, 2, 3))


@pytest.fixture
def store(tmp_path):
    return SliceStore(tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "jobs").iterdir())


def test_same_documents_give_the_same_names_bytes_and_manifest(store, tmp_path):
    first = extract(store, batch(ONE, TWO, THREE, bad=[2]))
    before = {name: (tmp_path / name).read_bytes() for name in first.files}
    second = extract(store, batch(TWO, ONE, THREE, bad=[2]))
    assert replace(first, run={}) == replace(second, run={})
    assert before == {name: (tmp_path / name).read_bytes() for name in second.files}
    assert len(files(tmp_path)) == 3


def test_changed_document_gives_another_fingerprint_and_keeps_the_old_file(store):
    first = extract(store, batch(ONE))
    second = extract(store, batch({**ONE, "jobstatus": "finished"}))
    assert first.fingerprint != second.fingerprint
    store.verify(first)
    store.verify(second)


def test_change_in_the_quarantine_alone_changes_the_fingerprint(store):
    first = extract(store, batch(ONE))
    assert extract(store, batch(ONE, TWO, bad=[1])).fingerprint != first.fingerprint


def test_key_that_vanishes_is_recorded_as_gone(store):
    extract(store, batch(ONE, TWO))
    manifest = extract(store, batch(ONE))
    assert manifest.gone == 1
    assert rows_of(store.gone_path(manifest), "pandaid") == [(2,)]


def test_gone_key_stays_gone_over_later_extractions(store):
    extract(store, batch(ONE, TWO, THREE))
    extract(store, batch(ONE, TWO))
    manifest = extract(store, batch(ONE))
    assert rows_of(store.gone_path(manifest), "pandaid") == [(2,), (3,)]
    assert replace(extract(store, batch(ONE)), run={}) == replace(manifest, run={})


def test_key_that_returns_is_no_longer_gone(store):
    extract(store, batch(ONE, TWO))
    extract(store, batch(ONE))
    manifest = extract(store, batch(ONE, TWO))
    assert (manifest.gone, manifest.gone_file) == (0, None)


def test_day_that_has_lost_all_is_empty_and_remembers_its_keys(store):
    extract(store, batch(ONE))
    manifest = extract(store)
    assert (manifest.state, manifest.gone) == ("empty", 1)


@pytest.mark.bar(2)
@pytest.mark.parametrize("after", [0, 1, 2])
def test_crash_between_files_leaves_the_earlier_slice_valid(store, monkeypatch, after):
    earlier = extract(store, batch(ONE, TWO))
    publish, done = publication.publish, []

    def publish_until_the_crash(draft, target):
        if len(done) == after:
            raise OSError("crash")
        done.append(target)
        publish(draft, target)

    monkeypatch.setattr(publication, "publish", publish_until_the_crash)
    with pytest.raises(OSError, match="crash"):
        extract(store, batch(ONE, THREE, bad=[1]))
    assert store.manifest("jobs", DAY) == earlier
    store.verify(earlier)


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[2])
from slice_rows import batch, extract
from pathlib import Path
from gridlens.slices import SliceStore
print("ready", flush=True)
n = 0
while True:
    n += 1
    extract(SliceStore(Path(sys.argv[1])), batch(*({"pandaid": i * n} for i in range(1, 500))))
"""


@pytest.mark.bar(2)
def test_kill_at_any_moment_leaves_a_whole_slice_and_drafts_that_a_sweep_removes(store, tmp_path):
    extract(store, batch(ONE))
    for delay in (0.02, 0.05, 0.11):
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
        manifest = store.manifest("jobs", DAY)
        store.verify(manifest)
    store.sweep(set(), older_than_s=-1)
    assert files(tmp_path) == sorted(["2025-04-01.json", *map(os.path.basename, manifest.files)])


@pytest.mark.bar(14)
def test_torn_file_is_found_and_named(store):
    manifest = extract(store, batch(ONE))
    path = store.path(manifest)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SliceError, match=rf"{path.name} is not what was written .* extract jobs"):
        store.verify(manifest)


@pytest.mark.bar(14)
def test_missing_file_is_found_and_named(store):
    manifest = extract(store, batch(ONE))
    store.path(manifest).unlink()
    with pytest.raises(SliceError, match="is missing: extract jobs 2025-04-01 again"):
        store.verify(manifest)


def test_extracting_a_pruned_day_says_that_it_could_not_tell_which_keys_are_gone(store, caplog):
    extract(store, batch(ONE, TWO))
    store.prune("jobs", DAY)
    assert extract(store, batch(ONE)).gone == 0
    assert "jobs 2025-04-01 was pruned: keys of it that are gone stay unknown" in caplog.text


@pytest.mark.bar(14)
def test_extracting_again_cures_a_torn_file_and_says_what_it_could_not_compare(store, caplog):
    manifest = extract(store, batch(ONE))
    store.path(manifest).write_bytes(b"torn")
    store.verify(extract(store, batch(ONE)))
    assert "torn or missing: keys of it that are gone stay unknown" in caplog.text


def test_manifest_of_another_version_is_refused_with_the_next_step(store, tmp_path):
    extract(store, batch(ONE))
    (tmp_path / "jobs" / "2025-04-01.json").write_text('{"table": "jobs"}')
    with pytest.raises(SliceError, match=r"2025-04-01\.json: not a manifest.* remove it and ext"):
        store.manifest("jobs", DAY)


def test_sweep_removes_old_versions_but_what_is_kept_or_young(store, tmp_path):
    first = extract(store, batch(ONE))
    second = extract(store, batch(TWO))
    third = extract(store, batch(THREE))
    assert store.sweep({second.file}, older_than_s=3600) == []
    removed = store.sweep({second.file}, older_than_s=-1)
    assert first.file in removed
    assert second.file not in removed
    store.verify(third)


def test_days_are_listed_in_order_whatever_their_state(store):
    extract(store, batch({"pandaid": 1}, day=DAY.plus(1)), day=DAY.plus(1))
    extract(store)
    assert store.days("jobs") == [DAY, DAY.plus(1)]
    assert store.days("files") == []
    assert store.manifest("jobs", DAY.plus(2)) is None


def test_manifest_reads_back_what_it_wrote(store):
    manifest = extract(store, batch(ONE, TWO, bad=[0]))
    assert Manifest.from_json(manifest.as_json()) == manifest

"""What goes into a slice, what is kept aside, and that nothing is lost between."""

import json
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slice_rows import DAY, batch, extract, rows_of, write_unavailable

from gridlens.errors import SliceError
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import JOBS, SITE_ALIASES


@pytest.fixture
def store(tmp_path):
    return SliceStore(tmp_path)


def test_row_of_another_day_is_refused_and_leaves_nothing_behind(store, tmp_path):
    with pytest.raises(SliceError, match=r"jobs 2025-04-01: a batch holds rows of other days"):
        extract(store, batch({"pandaid": 1}, day=DAY.plus(1)))
    assert sorted(tmp_path.rglob("*")) == [tmp_path / ".attempts", tmp_path / "jobs"]


def test_batch_that_lacks_a_column_is_refused(store):
    whole = batch({"pandaid": 1})
    with pytest.raises(SliceError, match="not the table's: \\['attemptnr'\\]"):
        extract(store, replace(whole, rows=whole.rows.drop_columns("attemptnr")))


def test_documents_that_do_not_add_up_are_refused():
    with pytest.raises(
        SliceError, match=r"fetched 3 = accepted 1 \+ duplicates 1 \+ quarantined 0"
    ):
        Manifest("jobs", DAY, "complete", "f", fetched=3, accepted=1, duplicates=1)


def test_error_before_the_end_keeps_the_earlier_slice(store):
    earlier = extract(store, batch({"pandaid": 1}))
    of_another_day = batch({"pandaid": 3}, day=DAY.plus(1))
    with pytest.raises(SliceError):
        extract(store, batch({"pandaid": 2}), of_another_day)
    assert store.manifest("jobs", DAY) == earlier
    store.verify(earlier)


def test_rows_rest_in_the_order_of_their_key(store):
    manifest = extract(store, batch({"pandaid": 3}, {"pandaid": 1}), batch({"pandaid": 2}))
    assert rows_of(store.path(manifest), "pandaid") == [(1,), (2,), (3,)]


def test_slice_has_the_tables_columns_and_not_its_day(store):
    manifest = extract(store, batch({"pandaid": 1}))
    names = pq.read_schema(store.path(manifest)).names
    assert names == [c.name for c in JOBS.slice_columns]


def test_of_two_rows_with_one_key_the_newest_version_stays(store):
    new = {"pandaid": 1, "modificationtime": DAY.plus(1).start, "jobstatus": "finished"}
    old = {"pandaid": 1, "modificationtime": DAY.start, "jobstatus": "merging"}
    unknown = {"pandaid": 1, "modificationtime": None, "jobstatus": "starting"}
    manifest = extract(store, batch(unknown, new), batch(old))
    assert (manifest.accepted, manifest.duplicates) == (1, 2)
    assert rows_of(store.path(manifest), "jobstatus") == [("finished",)]


def test_keys_with_nulls_are_alike(store):
    row = {"alias": "PIC", "site": "pic", "source": "cric", "valid_from": None}
    later = {**row, "valid_from": date(2020, 1, 1)}
    manifest = extract(store, batch(row, row, later, table=SITE_ALIASES), table=SITE_ALIASES)
    assert (manifest.accepted, manifest.duplicates) == (2, 1)


def test_quarantine_keeps_the_document_the_field_and_the_reason(store):
    manifest = extract(store, batch({"pandaid": 1}, {"pandaid": 2}, {"pandaid": None}, bad=[1, 2]))
    assert (manifest.accepted, manifest.quarantined) == (1, 2)
    columns = ("table_name", "day", "row_key", "field", "reason", "document")
    assert rows_of(store.quarantine_path(manifest), *columns) == [
        ("jobs", DAY.date, "2", "attemptnr", "not a number", '{"document": 1}'),
        ("jobs", DAY.date, None, "attemptnr", "not a number", '{"document": 2}'),
    ]


def test_day_whose_every_document_is_quarantined_is_complete_with_no_row(store):
    manifest = extract(store, batch({"pandaid": 1}, bad=[0]))
    assert (manifest.state, manifest.accepted, manifest.quarantined) == ("complete", 0, 1)
    assert rows_of(store.path(manifest), "pandaid") == []


@pytest.mark.bar(20)
def test_day_without_documents_is_empty_and_has_no_file(store):
    manifest = extract(store)
    assert (manifest.state, manifest.fetched, manifest.files) == ("empty", 0, ())
    with pytest.raises(SliceError, match="jobs 2025-04-01 is empty and has no rows"):
        store.path(manifest)


def test_day_before_the_source_begins_is_unavailable_and_says_why(store):
    manifest = write_unavailable(store, "the source begins 2025-06-01")
    assert store.manifest("jobs", DAY) == manifest
    assert manifest.state == "unavailable"
    assert manifest.query == {"because": "the source begins 2025-06-01"}
    assert manifest.fingerprint == extract(store, day=DAY.plus(1)).fingerprint


def test_facts_of_the_source_stand_in_the_manifest_and_facts_of_the_run_apart(store, tmp_path):
    extract(store, batch({"pandaid": 1}))
    found = json.loads((tmp_path / "jobs" / "2025-04-01.json").read_text())
    assert (found["map"], found["map_version"]) == ("panda_jobs", "7")
    assert found["query"] == {"from": "a test"}
    assert found["run"]["files"] == {"jobs.ndjson": 12}
    assert found["run"].keys() == {"files", "attempt", "seconds", "finished_at", "versions"}


JOB = st.fixed_dictionaries(
    {
        "pandaid": st.integers(1, 4),
        "attemptnr": st.none() | st.integers(0, 1),
        "jobstatus": st.sampled_from([None, "", "finished"]),
        "modificationtime": st.none() | st.sampled_from([DAY.start, DAY.plus(1).start]),
    }
)
LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.bar(23)
@LAW
@given(rows=st.lists(JOB, max_size=7), random=st.randoms(), cut=st.integers(0, 7))
def test_order_of_arrival_does_not_change_a_byte(rows, random, cut, tmp_path_factory):
    one, other = (SliceStore(tmp_path_factory.mktemp("store")) for _ in range(2))
    shuffled = random.sample(rows, len(rows))
    first = extract(one, batch(*rows))
    second = extract(other, batch(*shuffled[:cut]), batch(*shuffled[cut:]))
    assert replace(first, run={}) == replace(second, run={})


@LAW
@given(rows=st.lists(JOB, max_size=7), bad=st.sets(st.integers(0, 6)))
def test_every_document_is_accepted_a_duplicate_or_quarantined(rows, bad, tmp_path_factory):
    bad = [i for i in bad if i < len(rows)]
    manifest = extract(SliceStore(tmp_path_factory.mktemp("store")), batch(*rows, bad=bad))
    good = {row["pandaid"] for i, row in enumerate(rows) if i not in bad}
    assert manifest.fetched == len(rows)
    assert manifest.quarantined == len(bad)
    assert manifest.accepted == len(good)
    assert manifest.duplicates == len(rows) - len(bad) - len(good)

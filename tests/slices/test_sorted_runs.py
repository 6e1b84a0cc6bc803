"""Rows come out in the order of their key, however they came in and however many they are."""

from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridlens.slices import runs
from gridlens.slices.parquet import write
from gridlens.slices.runs import Runs

SCHEMA = pa.schema([("name", pa.string()), ("number", pa.int64())])


@pytest.fixture
def small(monkeypatch):
    """Runs, ranges and pieces of a few rows each."""
    monkeypatch.setattr(runs, "_RUN", 200)
    monkeypatch.setattr(runs, "_RANGE", 400)
    monkeypatch.setattr(runs, "_PIECE", 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def table(rows):
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA
    )


def ranges_of(folder, batches, key):
    with Runs(folder / "rows.arrived", SCHEMA, key) as taken:
        for rows in batches:
            taken.add(table(rows))
        taken.close()
        assert taken.rows == sum(map(len, batches))
        return list(taken.ranges())


def rows_of(tables):
    return [tuple(row.values()) for each in tables for row in each.to_pylist()]


def in_order(row):
    return tuple((value is not None, value) for value in row)


def test_no_rows_are_no_rows(folder):
    assert rows_of(ranges_of(folder, [], ["name"])) == []
    assert rows_of(ranges_of(folder, [[], []], ["name"])) == []


@pytest.mark.bar(12)
@pytest.mark.usefixtures("small")
def test_many_runs_are_read_as_many_ranges(folder):
    rows = [(f"n{n:04}", n) for n in range(500)]
    shuffled = Random(1).sample(rows, len(rows))
    batches = [shuffled[at : at + 20] for at in range(0, 500, 20)]
    ranges = ranges_of(folder, batches, ["name"])
    assert len(ranges) > 10
    assert max(map(len, ranges)) < 100
    assert rows_of(ranges) == rows


@pytest.mark.usefixtures("small")
def test_all_rows_of_a_key_come_in_one_range(folder):
    batches = [[(f"n{n % 7}", n * 10 + m) for n in range(20)] for m in range(10)]
    ranges = ranges_of(folder, batches, ["name"])
    found = [set(each["name"].to_pylist()) for each in ranges]
    assert sum(map(len, found)) == 7


def test_large_rows_are_read_a_few_at_a_time(folder):
    batches = [[(f"{n:03} " + "x" * 100_000, n) for n in range(at, 400, 8)] for at in range(8)]
    ranges = ranges_of(folder, batches, ["name"])
    assert [n for each in ranges for n in each["number"].to_pylist()] == list(range(400))
    with pa.OSFile(str(folder / "rows.arrived")) as file:
        reader = pa.ipc.open_file(file)
        sizes = [reader.get_batch(n).nbytes for n in range(reader.num_record_batches)]
    assert max(sizes) < 300_000


TEXTS = st.none() | st.text(max_size=2) | st.sampled_from(["a", "é", "\U0001f600", "\uffff"])
NUMBERS = st.none() | st.integers(-3, 3)
BATCHES = st.lists(st.lists(st.tuples(TEXTS, NUMBERS), max_size=30), max_size=8)


@pytest.mark.parametrize("key", [("name", "number"), ("number", "name")])
@given(batches=BATCHES)
def test_any_rows_come_out_in_the_order_of_their_key(folder, key, batches):
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("_RUN", 200), ("_RANGE", 400), ("_PIECE", 3)):
            patch.setattr(runs, name, size)
        found = rows_of(ranges_of(folder, batches, key))
    every = [row for batch in batches for row in batch]
    places = [SCHEMA.names.index(name) for name in key]
    assert found == sorted(every, key=lambda row: in_order([row[p] for p in places]))


@given(st.lists(st.integers(0, 40), max_size=8))
def test_bytes_of_a_file_do_not_depend_on_how_its_rows_came(folder, sizes):
    rows = [(f"n{n}", n) for n in range(sum(sizes))]
    parts, at = [], 0
    for size in sizes:
        parts.append(table(rows[at : at + size]))
        at += size
    one = write(parts, SCHEMA, folder / "one.parquet", 16)
    other = write([table(rows)], SCHEMA, folder / "other.parquet", 16)
    assert one == other
    assert one.rows == len(rows)
    assert (folder / "one.parquet").read_bytes() == (folder / "other.parquet").read_bytes()

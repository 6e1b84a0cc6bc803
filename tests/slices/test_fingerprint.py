"""Lists of rows have one fingerprint when, and only when, they are the same rows in one order."""

from datetime import date, datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridlens.slices.fingerprint import Fingerprint

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("tags", pa.list_(pa.string()))])


def table(*rows, schema=SCHEMA):
    return pa.Table.from_pylist(
        [dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema
    )


def fingerprint(*tables):
    total = Fingerprint()
    for each in tables:
        total.update(each)
    return str(total)


def of(*rows, schema=SCHEMA):
    return fingerprint(table(*rows, schema=schema))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([(1, None, [])], [(1, "", [])], id="NULL is not an empty text"),
        pytest.param([(None, "", [])], [(0, "", [])], id="nor is it zero"),
        pytest.param([(1, "a", None)], [(1, "a", [])], id="no list is not an empty list"),
        pytest.param([(1, "a", [None])], [(1, "a", [""])], id="nothing in a list is not a text"),
        pytest.param([(1, "a", ["bc"])], [(1, "a", ["b", "c"])], id="a list has its bounds"),
        pytest.param(
            [(1, "ab", []), (2, "c", [])], [(1, "a", []), (2, "bc", [])], id="so has a text"
        ),
        pytest.param(
            [(1, "", ["a"]), (2, "", [])], [(1, "", []), (2, "", ["a"])], id="lists are of rows"
        ),
        pytest.param([(1, "", []), (2, "", [])], [(2, "", []), (1, "", [])], id="order counts"),
        pytest.param([(1, "", [])], [(1, "", []), (1, "", [])], id="number counts"),
        pytest.param([(1, "", [])], [], id="some rows are not none"),
    ],
)
def test_different_rows_differ(one, other):
    assert of(*one) != of(*other)


def test_rows_of_columns_with_other_names_differ():
    renamed = pa.schema([("no", pa.int64()), ("name", pa.string()), ("tags", SCHEMA[2].type)])
    assert of((1, "a", [])) != of((1, "a", []), schema=renamed)


def test_no_rows_are_no_rows_whatever_their_columns():
    assert fingerprint() == of() == of(schema=pa.schema([("x", pa.string())])) != of((1, "", []))


def test_it_is_written_down_so_that_a_new_version_cannot_change_it_unseen():
    schema = pa.schema(
        [
            ("n", pa.int64()),
            ("x", pa.float64()),
            ("b", pa.bool_()),
            ("d", pa.date32()),
            ("t", pa.timestamp("us")),
            ("s", pa.string()),
            ("l", pa.list_(pa.string())),
        ]
    )
    noon = datetime.fromisoformat("2025-04-01T12:00:00.5")
    rows = [
        (1, 0.1, True, date(2025, 4, 1), noon, "é", ["x", None]),
        (None, None, None, None, None, None, None),
    ]
    assert of(*rows, schema=schema) == "240bfcd237bde69cbd489fc9f3a3d3ee"


def test_minus_zero_is_zero():
    schema = pa.schema([("x", pa.float64())])
    assert of((-0.0,), schema=schema) == of((0.0,), schema=schema)


TEXTS = st.none() | st.text(max_size=3)
ROWS = st.lists(st.tuples(st.none() | st.integers(0, 3), TEXTS, st.none() | st.lists(TEXTS)))


@given(ROWS, ROWS)
def test_where_one_batch_ends_does_not_count(some, more):
    whole = of(*some, *more)
    assert fingerprint(table(*some), table(*more)) == whole
    assert fingerprint(pa.concat_tables([table(*some), table(*more)])) == whole
    assert fingerprint(table((9, "nine", ["9"]), *some, *more).slice(1)) == whole


@given(ROWS, ROWS)
def test_equal_fingerprints_are_of_equal_rows(one, other):
    assert (of(*one) == of(*other)) == (one == other)


def test_who_wrote_the_rows_does_not_count():
    rows = pa.table({"id": [1, None, 3], "name": ["a", None, ""], "tags": [["x"], None, []]})
    assert fingerprint(duckdb.sql("select * from rows").to_arrow_table()) == fingerprint(rows)

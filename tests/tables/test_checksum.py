"""Two sets of rows have one checksum when, and only when, they are the same rows."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridlens.tables.checksum import checksum_sql

COLUMNS = ("id", "name", "tags")


def checksum(*rows: str) -> str:
    body = " union all ".join(f"select {row}" for row in rows) or "select 1, '', [''] where false"
    types = "select id::bigint as id, name::varchar as name, tags::varchar[] as tags"
    sql = f"select {checksum_sql(COLUMNS)} from ({types} from ({body}) as t(id, name, tags))"
    return str(duckdb.sql(sql).fetchall()[0][0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("1, null, []", "1, '', []", id="NULL is not an empty text"),
        pytest.param("1, 'null', []", "1, null, []", id="nor the word null"),
        pytest.param("1, 'a', []", "1, null, ['a']", id="a value has its column"),
        pytest.param("1, 'a', ['b', 'c']", "1, 'a', ['b,c']", id="a list has its bounds"),
        pytest.param("1, 'a', null", "1, 'a', []", id="no list is not an empty list"),
        pytest.param("1, 'a\",\"b', []", "1, 'a', ['b']", id="quotes are escaped"),
    ],
)
def test_different_rows_differ(one, other):
    assert checksum(one) != checksum(other)


def test_order_does_not_count():
    assert checksum("1, 'a', []", "2, 'b', []") == checksum("2, 'b', []", "1, 'a', []")


def test_number_of_equal_rows_counts():
    assert checksum("1, 'a', []") != checksum("1, 'a', []", "1, 'a', []")
    assert checksum() != checksum("1, 'a', []", "1, 'a', []")


def test_values_cannot_trade_places_between_rows():
    assert checksum("1, 'a', []", "2, 'b', []") != checksum("1, 'b', []", "2, 'a', []")


def test_checksum_is_written_down_so_that_a_new_version_cannot_change_it_unseen():
    assert checksum() == "90e48cd0d5d9ad4fa889c6194452bea7"
    assert checksum("1, 'é\"', ['x']", "2, null, []") == "ac601fad91bb4d7864d443cbb3ce24ca"


def test_times_and_numbers_have_one_text():
    sql = checksum_sql(["t", "d", "x", "b"])
    row = "select timestamp '2025-04-01 12:00:00.5', date '2025-04-01', 0.1::double, true"
    assert duckdb.sql(f"select {sql} from ({row}) as r(t, d, x, b)").fetchall() == [
        ("f5512a66c0c8d6ae5d493a33524df77f",)
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab")), max_size=8), st.randoms())
def test_any_shuffle_has_the_same_checksum(rows, random):
    literals = [f"{i}, '{n}', []" for i, n in rows]
    shuffled = random.sample(literals, len(literals))
    assert checksum(*literals) == checksum(*shuffled)

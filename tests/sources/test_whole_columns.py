"""Columns that are read as a whole become what their values would have become one by one."""

from datetime import datetime
from itertools import product

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridlens.sources.casts import MACROS
from gridlens.sources.chunk import NOT_ONE_VALUE
from gridlens.sources.passing import passes
from gridlens.sources.times import as_times
from gridlens.tables import JOBS, TRANSFERS

PLAIN = "2025-04-01 10:20:30"
TAILS = ("", "Z", "+00:00", "z", "+01:00", ".5", " UTC", "-00:00", "0")


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        con.execute(MACROS)
        yield con


def instant(con, text):
    """What the cast of a single text makes of it, in microseconds; None where it is no time."""
    (found,) = con.execute("select epoch_us(instant(?))", [text]).fetchone()
    return found


def column(*values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-01",
        "2025-04-01 10:20",
        "2025-04-01 24:00:00",
        "2025-04-01 23:59:60",
        "2025-02-29 00:00:00",
        "2025-04-01T10+01:00",
        "2025-04-01 10:20:30+02:00",
        "1889-01-01 00:00:00",
        "2100-01-01 00:00:00",
        "1743500000000000000",
        "soon, or a bit later",
        "é025-04-01 10:20:3",
    ],
)
def test_texts_of_which_one_is_no_plain_time_of_our_years_stay_texts(text):
    assert as_times(column(PLAIN, text)).to_pylist() == [PLAIN, text]


@pytest.mark.parametrize("text", [PLAIN, "2025-04-01T10:20:30", f"{PLAIN}Z", f"{PLAIN}+00:00"])
def test_plain_times_are_read_as_utc_and_what_is_missing_stays_missing(text):
    times = as_times(column(text, None, "1970-01-01 00:00:00"))
    assert times.to_pylist() == [
        datetime.fromisoformat(PLAIN),
        None,
        datetime.fromisoformat("1970-01-01"),
    ]


def test_columns_without_a_text_stay_as_they_are():
    for empty in (column(kind=pa.string()), column(None, None, kind=pa.string())):
        assert as_times(empty).type == pa.string()


ODD = st.tuples(st.integers(0, 18), st.sampled_from("0123456789 -:Tt.Zz+,/é"))


@given(st.lists(ODD, max_size=3), st.sampled_from("T "), st.sampled_from(TAILS))
def test_what_is_read_as_a_whole_is_what_the_cast_reads(con, odd, joint, tail):
    text = list(PLAIN.replace(" ", joint))
    for at, character in odd:
        text[at] = character
    times = as_times(column("".join(text) + tail))
    if pa.types.is_timestamp(times.type):
        assert times[0].value == instant(con, "".join(text) + tail)


@given(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 2**32) | st.integers(0, 2**42))
def test_a_number_is_the_time_that_its_text_is(con, number):
    sql = "select epoch_us(instant_of_whole(?::bigint)) is not distinct from epoch_us(instant(?))"
    assert con.execute(sql, [number, str(number)]).fetchone() == (True,)


COUNT, ID, CODE = (JOBS.column(n) for n in ("nevents", "jeditaskid", "exeerrorcode"))
TEXT, TIME = JOBS.column("gshare"), JOBS.column("endtime")
LENGTH = TRANSFERS.column("duration_src_s")


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        (COUNT, [-1, 5]),
        (COUNT, [-2, 5]),
        (COUNT, ["5"]),
        (COUNT, [5.0]),
        (COUNT, [True]),
        (ID, [0, 5]),
        (TEXT, ["a", NOT_ONE_VALUE]),
        (TEXT, [5]),
        (TIME, [datetime.fromisoformat("1970-01-01")]),
        (TIME, [datetime.fromisoformat("2100-01-01")]),
        (TIME, [PLAIN]),
        (LENGTH, [5.0]),
    ],
)
def test_a_column_with_anything_to_look_at_does_not_pass(wanted, values):
    assert not passes(wanted, column(*values))


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        (COUNT, [0, None, 5]),
        (COUNT, [None]),
        (ID, [1]),
        (CODE, [-5, 0]),
        (TEXT, ["", None]),
        (TIME, [datetime.fromisoformat(PLAIN), None]),
    ],
)
def test_a_column_that_is_what_it_should_be_passes(wanted, values):
    kinds = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us")}
    assert passes(wanted, column(*values, kind=kinds[wanted.type]))


def test_numbers_without_a_sign_may_be_beyond_the_column_and_do_not_pass():
    for kind, wanted in product((pa.uint64(), pa.uint8()), (COUNT, CODE)):
        assert not passes(wanted, column(5, kind=kind))

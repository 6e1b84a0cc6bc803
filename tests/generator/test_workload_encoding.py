from __future__ import annotations

import json
import math
from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import FIRST, JOB, grid, jobs

from gridlens.errors import InputError
from gridlens.generator.encoding import MISSING, VALUE, ZERO, Encoding
from gridlens.generator.workload import as_workload


def test_a_table_without_a_variable_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="lacks the column 'jobstatus'"):
        Encoding.learn(jobs({}).drop_columns(["jobstatus"]))


def test_a_table_with_a_strange_column_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="no column 'pandaid'"):
        as_workload(jobs({}).append_column("pandaid", pa.array([1])))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_negative_or_endless_number_is_refused_by_name(value: float) -> None:
    with pytest.raises(InputError, match=f"'workload_gflop' holds {value}: it is 0 or more"):
        jobs({}, {"workload_gflop": value}, {"workload_gflop": None})


def test_a_table_without_rows_cannot_be_learned() -> None:
    with pytest.raises(InputError, match="no rows"):
        Encoding.learn(jobs({}).slice(0, 0))


def test_a_category_that_was_not_learned_is_refused_by_name() -> None:
    encoding = Encoding.learn(jobs({}))
    with pytest.raises(InputError, match=r"computingsite 'NOWHERE'.*such as 'CERN'"):
        encoding.encode(jobs({"computingsite": "NOWHERE"}))


def test_codes_are_categories_by_frequency_then_states_of_numbers() -> None:
    table = jobs(
        {"computingsite": "BNL"},
        {"computingsite": "BNL", "inputfilebytes": 0},
        {"computingsite": "AGLT2", "workload_gflop": None},
    )
    encoding = Encoding.learn(table)
    codes = encoding.encode(table).codes
    names = encoding.code_names
    assert encoding.categories["computingsite"] == ("BNL", "AGLT2")
    assert list(codes[:, names.index("computingsite")]) == [0, 0, 1]
    assert list(codes[:, names.index("inputfilebytes")]) == [VALUE, ZERO, VALUE]
    assert list(codes[:, names.index("workload_gflop")]) == [VALUE, VALUE, MISSING]


def test_an_id_of_a_task_is_not_learned() -> None:
    assert "jeditaskid" not in {v.name for v in Encoding.learn(jobs({})).variables}


def test_numbers_have_mean_0_and_deviation_1_where_there_is_a_value() -> None:
    table = grid(500)
    encoded = Encoding.learn(table).encode(table)
    has_value = encoded.codes[:, 5:] == VALUE
    for i in range(encoded.numbers.shape[1]):
        values = encoded.numbers[has_value[:, i], i]
        assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-6)


def test_values_too_close_to_tell_apart_come_back_all_the_same() -> None:
    table = jobs({"workload_gflop": 4e-282}, {"workload_gflop": 2e-285})
    encoding = Encoding.learn(table)
    back = encoding.decode(encoding.encode(table)).column("workload_gflop").to_pylist()
    assert back == pytest.approx([4e-282, 2e-285], abs=1e-281)


def test_what_was_learned_survives_json() -> None:
    encoding = Encoding.learn(jobs({"datatype": None}, {}))
    assert Encoding.from_json(json.loads(json.dumps(encoding.to_json()))) == encoding


ROWS = st.fixed_dictionaries(
    {
        "creationtime": st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - naive is UTC here
        "computingsite": st.none() | st.sampled_from(["CERN", "BNL", ""]),
        "ninputdatafiles": st.none() | st.integers(0, 10_000),
        "inputfilebytes": st.none() | st.integers(0, 10**11),
        "workload_gflop": st.none() | st.floats(0, 1e9, allow_subnormal=False),
    }
)


@given(st.lists(ROWS, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_rows_come_back_as_they_went_in(rows: list[dict[str, object]]) -> None:
    table = jobs(*rows)
    encoding = Encoding.learn(table)
    back = encoding.decode(encoding.encode(table)).to_pylist()
    for was, row in zip(table.drop_columns(["jeditaskid"]).to_pylist(), back, strict=True):
        for name in ("creationtime", "workload_gflop", "inputfilebytes"):
            value, again = was.pop(name), row.pop(name)
            if name == "creationtime" and value is not None:
                value, again = (x.timestamp() for x in (value, again))
            assert again == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-6))
        assert row == was


def test_the_literal_job_is_the_first_of_april() -> None:
    assert jobs({}).column("creationtime")[0].as_py() == FIRST == JOB["creationtime"]

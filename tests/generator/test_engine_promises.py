from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import grid, jobs

from gridlens.errors import InputError
from gridlens.generator.encoding import Encoding
from gridlens.generator.engine import Engine, recipe
from gridlens.generator.workload import as_workload

NAMES = ["tree", "copula", "independent", "bootstrap"]
CATEGORIES = ["computingsite", "project", "prodstep", "datatype", "jobstatus"]

pytestmark = pytest.mark.parametrize("name", NAMES)


def _fit(name: str, table: pa.Table) -> Engine:
    return recipe(name).fit(table, 3)


def _saved(engine: Engine, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    engine.save(folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _tuples(table: pa.Table, *names: str) -> set[tuple[object, ...]]:
    return set(zip(*(table.column(name).to_pylist() for name in names), strict=True))


def test_a_table_without_rows_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no rows"):
        _fit(name, grid(10).slice(0, 0))


def test_a_given_site_that_no_training_job_had_is_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match="no job of the training window has computingsite 'MOON'"):
        _fit(name, grid(40)).sample(1, 1, pa.table({"computingsite": ["MOON"]}))


def test_a_given_number_is_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match="'ninputdatafiles' cannot be given"):
        _fit(name, grid(40)).sample(1, 1, pa.table({"ninputdatafiles": ["3"]}))


def test_given_rows_that_are_not_as_many_as_the_jobs_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="1 rows are given for 2 jobs"):
        _fit(name, grid(40)).sample(2, 1, pa.table({"jobstatus": ["failed"]}))


def test_a_given_category_of_another_type_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="'jobstatus' is int64: give it as text"):
        _fit(name, grid(40)).sample(1, 1, pa.table({"jobstatus": [4]}))


EDGES: dict[str, list[dict[str, Any]]] = {
    "1 row": [{}],
    "2 rows": [{}, {"computingsite": "BNL", "workload_gflop": 0.0}],
    "10 equal rows": [{}] * 10,
    "a class of one": [*[{}] * 30, {"jobstatus": "closed", "computingsite": None}],
    "a number that nobody has": [{"workload_gflop": None, "creationtime": None}] * 20,
    "zeros": [{"inputfilebytes": 0, "ninputdatafiles": i % 2} for i in range(20)],
}


@pytest.mark.parametrize("edge", EDGES)
def test_small_and_lopsided_workloads_are_learned_drawn_and_saved(
    name: str, edge: str, tmp_path: Path
) -> None:
    table = jobs(*EDGES[edge])
    engine = _fit(name, table)
    drawn = engine.sample(50, 1)
    _saved(engine, tmp_path / "saved")
    assert recipe(name).engine.load(tmp_path / "saved").sample(50, 1) == drawn
    assert as_workload(drawn) == drawn
    for column in drawn.column_names:
        if table.column(column).null_count == len(table):
            assert drawn.column(column).null_count == 50
    for category in CATEGORIES:
        assert _tuples(drawn, category) <= _tuples(table, category)


def test_optional_variables_are_drawn_when_they_are_learned(name: str) -> None:
    more = grid(200).append_column("corecount", pa.array([1, 8] * 100))
    drawn = _fit(name, more.append_column("workinggroup", pa.array(["AP_HIGG", None] * 100)))
    assert drawn.sample(5, 1).column_names == [
        *(v for v in grid(1).column_names if v != "jeditaskid"),
        "corecount",
        "workinggroup",
    ]


def test_no_job_can_be_asked_for(name: str) -> None:
    assert len(_fit(name, grid(40)).sample(0, 1)) == 0


@given(n=st.integers(1, 120), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_bytes(
    name: str, n: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, table = tmp_path_factory.mktemp("same"), grid(n, seed)
    one, two = (_fit(name, table) for _ in range(2))
    assert _saved(one, folder / "one") == _saved(two, folder / "two")
    again = recipe(name).engine.load(folder / "one")
    assert one.sample(30, seed) == two.sample(30, seed) == again.sample(30, seed)


def test_another_seed_gives_other_jobs(name: str) -> None:
    engine = _fit(name, grid(300))
    assert engine.sample(30, 1) != engine.sample(30, 2)


@given(seed=st.integers(0, 99), names=st.sets(st.sampled_from(CATEGORIES), min_size=1))
@settings(max_examples=15, deadline=None)
def test_given_categories_of_training_jobs_are_what_is_drawn(
    name: str, seed: int, names: set[str]
) -> None:
    table = grid(300, seed)
    fixed = table.select(sorted(names)).take(np.random.default_rng(seed).integers(0, 300, 60))
    drawn = _fit(name, table).sample(60, seed, fixed)
    assert drawn.select(sorted(names)) == fixed.combine_chunks()


def test_what_is_given_changes_what_goes_with_it_as_in_the_training_jobs(name: str) -> None:
    table = grid(3000)
    drawn = _fit(name, table).sample(2000, 1, pa.table({"prodstep": ["evgen"] * 2000}))
    shares = {
        row["values"]: row["counts"] / 2000 for row in drawn["datatype"].value_counts().to_pylist()
    }
    if name in ("tree", "bootstrap"):
        assert shares == {"EVNT": 1.0}
    elif name == "copula":
        assert shares["EVNT"] > 0.4
    else:
        assert shares["EVNT"] < 0.2


def test_numbers_stay_within_those_of_the_training_jobs(name: str) -> None:
    table = grid(500)
    drawn = _fit(name, table).sample(2000, 1)
    for column in ("creationtime", "ninputdatafiles", "inputfilebytes", "workload_gflop"):
        ends = [(min(c), max(c)) for c in (t.column(column).to_pylist() for t in (table, drawn))]
        assert ends[0][0] <= ends[1][0] <= ends[1][1] <= ends[0][1]


def test_shares_and_means_are_those_of_the_training_jobs(name: str) -> None:
    table = grid(3000)
    drawn = _fit(name, table).sample(3000, 1)
    for category in CATEGORIES:
        was, now = (t.column(category).to_pylist() for t in (table, drawn))
        for value in set(was):
            assert now.count(value) / 3000 == pytest.approx(was.count(value) / 3000, abs=0.04)
    encoding = Encoding.learn(table)
    was, now = (encoding.encode(t).numbers for t in (table, drawn))
    assert now.mean(axis=0) == pytest.approx(was.mean(axis=0), abs=0.1)
    assert now.std(axis=0) == pytest.approx(was.std(axis=0), abs=0.1)


def test_correlations_of_numbers_are_those_of_the_training_jobs(name: str) -> None:
    table = grid(3000)
    encoding = Encoding.learn(table)
    drawn = _fit(name, table).sample(3000, 1)
    was, now = (np.corrcoef(encoding.encode(t).numbers.T) for t in (table, drawn))
    if name == "independent":
        assert np.abs(now - np.eye(4)).max() < 0.08
        assert np.abs(was - np.eye(4)).max() > 0.4
    else:
        assert np.abs(was - now).max() < {"copula": 0.3}.get(name, 0.08)

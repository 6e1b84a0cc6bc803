from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import FIRST, grid, jobs

from gridlens.errors import InputError, SettingsError
from gridlens.generator.encoding import VALUE
from gridlens.generator.engine import recipe
from gridlens.generator.smote import Smote

CATEGORIES = ["computingsite", "project", "prodstep", "datatype", "jobstatus"]
BOTH = pytest.mark.parametrize("mode", ["draw", "paper"])


def combinations(table: pa.Table) -> set[tuple[str, ...]]:
    return {tuple(row.values()) for row in table.select(CATEGORIES).to_pylist()}


def same_status(value: str, n: int) -> pa.Table:
    return pa.table({"jobstatus": [value] * n})


@pytest.mark.parametrize(
    "options", [{"mode": "paint"}, {"neighbours": 0}, {"spread": (0.8, 0.2)}, {"spread": (0, 2)}]
)
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="choose draw or paper, 1 or more, and two shares"):
        Smote.fit(jobs({}, {}), 1, **options)


def test_one_row_is_too_few() -> None:
    with pytest.raises(InputError, match="draws between two jobs"):
        Smote.fit(jobs({}), 1)


def test_a_given_category_that_was_never_seen_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="jobstatus 'lost'"):
        Smote.fit(jobs({}, {}), 1).sample(1, 1, same_status("lost", 1))


def test_given_categories_that_were_never_seen_together_are_refused_by_name() -> None:
    table = jobs({}, {"computingsite": "BNL", "jobstatus": "failed"})
    asked = pa.table({"computingsite": ["CERN", "CERN"], "jobstatus": ["finished", "failed"]})
    with pytest.raises(InputError, match="'CERN' and jobstatus 'failed' can be drawn"):
        Smote.fit(table, 1).sample(2, 1, asked)


@BOTH
@pytest.mark.parametrize("n", [2, 10])
def test_few_rows_are_enough(mode: Any, n: int) -> None:
    drawn = Smote.fit(grid(n), 1, mode=mode).sample(50, 1)
    assert len(drawn) == 50
    assert combinations(drawn) <= combinations(grid(n)) or mode == "paper"


@BOTH
def test_columns_that_are_constant_or_null_stay_so(mode: Any) -> None:
    rows = [{"workload_gflop": None, "datatype": None, "inputfilebytes": i} for i in range(9)]
    drawn = Smote.fit(jobs(*rows), 1, mode=mode).sample(20, 1)
    assert drawn.column("workload_gflop").null_count == 20
    assert drawn.column("datatype").null_count == 20
    assert pc.all(pc.equal(drawn.column("creationtime"), pa.scalar(FIRST))).as_py()


@pytest.mark.bar(24)
@BOTH
def test_the_only_job_of_a_status_can_be_drawn_and_is_no_copy(mode: Any) -> None:
    table = pa.concat_tables([jobs({"jobstatus": "closed", "workload_gflop": 7.5}), grid(50)])
    drawn = Smote.fit(table, 1, mode=mode).sample(30, 1, same_status("closed", 30))
    assert set(drawn.column("jobstatus").to_pylist()) == {"closed"}
    assert 7.5 not in drawn.column("workload_gflop").to_pylist()


def test_nothing_can_be_drawn_too() -> None:
    drawn = Smote.fit(grid(9), 1).sample(0, 1)
    assert drawn.schema == grid(9).drop_columns(["jeditaskid"]).schema
    assert len(drawn) == 0


@given(st.integers(8, 120), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_each_drawn_combination_of_categories_was_there(n: int, seed: int) -> None:
    table = grid(n, seed)
    drawn = Smote.fit(table, seed).sample(200, seed)
    assert combinations(drawn) <= combinations(table)


@given(st.integers(8, 120), st.integers(0, 99), st.sampled_from(["draw", "paper"]))
@settings(max_examples=40, deadline=None)
def test_what_is_given_is_what_is_drawn(n: int, seed: int, mode: Any) -> None:
    table = grid(n, seed)
    asked = table.select(["datatype", "jobstatus"]).take(
        np.random.default_rng(seed).integers(0, n, 100)
    )
    drawn = Smote.fit(table, seed, mode=mode).sample(100, seed, asked)
    assert drawn.select(["datatype", "jobstatus"]) == asked


@given(st.integers(2, 80), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_each_number_lies_between_those_of_a_row_and_of_a_neighbour(n: int, seed: int) -> None:
    engine = Smote.fit(grid(n, seed), seed)
    drawn = engine.encoding.encode(engine.sample(40, seed))
    start, end = engine.rows.numbers[:, None], engine.rows.numbers[engine.near]
    least, most = np.minimum(start, end), np.maximum(start, end)
    for row, codes in zip(drawn.numbers, drawn.codes[:, 5:], strict=True):
        checked = (codes == VALUE) & (np.array([*engine.encoding.scales]) != "ninputdatafiles")
        within = (row >= least - 1e-6) & (row <= most + 1e-6) | ~checked
        assert within.all(axis=2).any()


@pytest.mark.bar(24)
@BOTH
def test_the_same_seeds_give_the_same_bytes_and_others_do_not(mode: Any, tmp_path: Path) -> None:
    def drawn(seed: int) -> bytes:
        pq.write_table(Smote.fit(grid(5000), 1, mode=mode).sample(300, seed), tmp_path / "drawn")
        return (tmp_path / "drawn").read_bytes()

    assert drawn(1) == drawn(1) != drawn(2)


@BOTH
def test_what_is_saved_draws_as_before(mode: Any, tmp_path: Path) -> None:
    engine = Smote.fit(grid(400), 1, mode=mode, neighbours=3, spread=(0.1, 0.4))
    files = {}
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        engine.save(folder)
        files[folder.name] = {path.name: path.read_bytes() for path in folder.iterdir()}
        engine = Smote.load(folder)
    assert files["one"] == files["two"]
    assert files["one"].keys() == {"rows.parquet", "neighbours.parquet", "encoding.json"}
    assert engine.spread == (0.1, 0.4)
    assert engine.sample(99, 5) == Smote.load(tmp_path / "one").sample(99, 5)


def test_no_drawn_job_is_a_copy_of_a_training_row() -> None:
    table = grid(3000)
    drawn = Smote.fit(table, 1).sample(3000, 1)
    times = pc.is_in(drawn.column("creationtime"), table.column("creationtime"))
    work = pc.is_in(drawn.column("workload_gflop"), table.column("workload_gflop"))
    has_work = pc.greater(drawn.column("workload_gflop"), 0)
    assert not pc.any(pc.and_(pc.and_(times, work), has_work)).as_py()


def test_the_recipes_fit_both_modes() -> None:
    made = [recipe(name).fit(grid(20), 1) for name in ("smote", "smote_paper")]
    assert [engine.mode for engine in made if isinstance(engine, Smote)] == ["draw", "paper"]

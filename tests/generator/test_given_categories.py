from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import jobs

from gridlens.errors import InputError
from gridlens.generator.bootstrap import Bootstrap
from gridlens.generator.encoding import Encoding
from gridlens.generator.given import Given
from gridlens.generator.tree import Tree

APART = jobs(
    {"computingsite": "CERN", "project": "mc23_13p6TeV"},
    {"computingsite": "BNL", "project": "data24_13p6TeV"},
    *[{"computingsite": "CERN", "project": "mc23_13p6TeV"}] * 40,
    *[{"computingsite": "BNL", "project": "data24_13p6TeV"}] * 40,
)
TOGETHER = pa.table({"project": ["data24_13p6TeV"], "computingsite": ["CERN"]})


@pytest.mark.parametrize("engine", [Tree, Bootstrap])
def test_a_combination_that_cannot_be_drawn_is_refused_by_name(engine: type[Tree]) -> None:
    with pytest.raises(
        InputError, match="no job with project 'data24_13p6TeV' and computingsite 'CERN' can be"
    ):
        engine.fit(APART, 1).sample(1, 1, TOGETHER)


def test_a_null_is_given_like_any_other_value() -> None:
    table = jobs(*[{"datatype": None}] * 20, *[{"datatype": "AOD", "project": "mc20"}] * 20)
    drawn = Tree.fit(table, 1).sample(2, 1, pa.table({"datatype": pa.nulls(2)}))
    assert drawn.column("project").to_pylist() == ["mc23_13p6TeV"] * 2


def test_a_rare_status_is_drawn_as_often_as_it_is_given() -> None:
    table = jobs(*[{}] * 2000, {"jobstatus": "closed", "computingsite": "BNL"})
    drawn = Tree.fit(table, 1).sample(500, 1, pa.table({"jobstatus": ["closed"] * 500}))
    assert set(drawn.column("jobstatus").to_pylist()) == {"closed"}


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30),
    st.integers(0, 9),
)
@settings(max_examples=100, deadline=None)
def test_candidates_are_picked_by_their_weights(rows: list[tuple[int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, weights = np.array(rows, np.int32), rng.random(len(rows)) + 0.01
    encoding = Encoding.learn(jobs({}))
    wanted = np.tile(codes[:1, 1:], (4000, 1))
    picked = Given(encoding, (1,), wanted).pick(codes, weights, rng)
    fits = codes[:, 1] == codes[0, 1]
    share = np.bincount(picked, minlength=len(rows)) / 4000
    assert share == pytest.approx(np.where(fits, weights, 0) / weights[fits].sum(), abs=0.05)

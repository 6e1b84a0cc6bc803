"""A workload has drifted where it has moved further than halves of the learned days are apart."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from workloads import grid, jobs

from gridlens.errors import InputError
from gridlens.generator.judgement.drift import Drift, drifts
from gridlens.generator.judgement.gate import thresholds
from gridlens.generator.judgement.time import halves
from gridlens.generator.workload import VARIABLES

LEARNED = grid(4000)


def changed(name: str, values: pa.ChunkedArray | pa.Array) -> pa.Table:
    at = LEARNED.column_names.index(name)
    return LEARNED.set_column(at, name, values)


def beyond(now: pa.Table) -> list[str]:
    return [f"{one.variable} {one.metric}" for one in drifts(now, LEARNED, 1) if one.excess > 1]


def test_no_rows_are_refused() -> None:
    with pytest.raises(InputError, match="no learned rows to compare with"):
        drifts(LEARNED, LEARNED.slice(0, 0), 1)
    with pytest.raises(InputError, match="no rows of the last days to compare"):
        drifts(LEARNED.slice(0, 0), LEARNED, 1)


def test_the_learned_rows_themselves_have_not_drifted_and_neither_has_a_half_of_them() -> None:
    assert {one.value for one in drifts(LEARNED, LEARNED, 1)} == {0.0}
    assert [beyond(half) for half in halves(LEARNED)] == [[], []]


def test_a_queue_that_takes_all_jobs_comes_first() -> None:
    sites = pa.array(["NEW"] * len(LEARNED))
    assert beyond(changed("computingsite", sites)) == ["computingsite jensen_shannon"]


def test_numbers_that_grow_have_drifted_and_so_have_those_that_vanish() -> None:
    sizes = LEARNED.column("inputfilebytes")
    assert "inputfilebytes wasserstein" in beyond(
        changed("inputfilebytes", pc.multiply(sizes, 1000))
    )
    gone = pa.nulls(len(LEARNED), pa.float64())
    assert set(beyond(changed("workload_gflop", gone))) >= {
        "workload_gflop missing_share",
        "workload_gflop wasserstein",
    }


def test_ids_and_days_are_no_drift_and_every_other_variable_is_looked_at() -> None:
    looked_at = {one.variable for one in drifts(LEARNED, LEARNED, 1)}
    assert looked_at == {v.name for v in VARIABLES if v.kind != "group"} & {*LEARNED.column_names}
    week = pa.scalar(7 * 86_400_000_000, pa.duration("us"))
    assert beyond(changed("creationtime", pc.add(LEARNED.column("creationtime"), week))) == []


def test_one_learned_row_has_no_halves_and_the_noise_alone_is_the_limit() -> None:
    found = drifts(jobs({"computingsite": "OTHER"}), jobs({"computingsite": "ONE"}), 1)
    assert (found[0].variable, found[0].value, found[0].usual) == ("computingsite", 1.0, 0.0)
    assert found[0].limit == thresholds()["drift"]["jensen_shannon"]["most"]


def test_it_is_said_with_all_numbers() -> None:
    one = Drift("computingsite", "jensen_shannon", 0.3, 0.1, 0.15, "its shares are others")
    assert one.says() == (
        "computingsite: jensen_shannon is 0.3, above 0.15 (halves of the training days are 0.1 "
        "apart): its shares are others"
    )

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import grid, jobs

from gridlens.errors import InputError
from gridlens.generator.arrivals import Arrivals
from gridlens.generator.bootstrap import Bootstrap
from gridlens.generator.generate import generate
from gridlens.window import Window

JUNE = Window.parse("2025-06-02", "2025-06-10")
OF_TASK = ["project", "prodstep", "datatype"]


TRAINED = grid(3000)
ENGINE, ARRIVALS = Bootstrap.fit(TRAINED, 1), Arrivals.fit(TRAINED)
ARRIVED = ARRIVALS.sample(JUNE, 1)


def shares_of(table: pa.Table) -> dict[str, float]:
    counts = table["computingsite"].value_counts().to_pylist()
    return {c["values"]: c["counts"] / len(table) for c in counts}


def test_a_window_without_jobs_is_refused() -> None:
    with pytest.raises(InputError, match="no job is made in this window"):
        generate(ENGINE, ARRIVED.slice(0, 0), 1)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"ATLANTIS": 0.1}, "none of the drawn jobs runs at site 'ATLANTIS'"),
        ({"SITE_1": 1.2}, "the share of site 'SITE_1' is 1.2"),
        ({"SITE_1": float("nan")}, "the share of site 'SITE_1' is nan"),
        ({"SITE_1": 0.6, "SITE_2": 0.6}, "add up to 1.2"),
        ({f"SITE_{i}": 0.05 for i in range(12)}, "of all sites add up to 0.6"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate(ENGINE, ARRIVED, 1, shares)


def test_times_and_tasks_are_those_of_the_arrivals() -> None:
    drawn = generate(ENGINE, ARRIVED, 1)
    names = ["jeditaskid", "creationtime", *OF_TASK]
    assert drawn.select(names).equals(ARRIVED.select(names))
    assert drawn.schema == TRAINED.schema


def test_all_jobs_of_a_task_are_of_one_kind_and_not_all_at_one_site() -> None:
    drawn = generate(ENGINE, ARRIVED, 1)
    tasks = drawn.group_by("jeditaskid")
    kinds = tasks.aggregate([(name, "count_distinct") for name in OF_TASK])
    assert all(kinds[f"{name}_count_distinct"].to_pylist() == [1] * len(kinds) for name in OF_TASK)
    assert max(tasks.aggregate([("computingsite", "count_distinct")])[1].to_pylist()) > 3


def test_one_job_is_enough_to_generate_from() -> None:
    one = jobs({})
    arrived = Arrivals.fit(one).sample_count(7, JUNE.first, 1)
    drawn = generate(Bootstrap.fit(one, 1), arrived, 1)
    assert drawn["workload_gflop"].to_pylist() == [4000.0] * 7


def test_a_task_without_a_kind_has_jobs_without_one() -> None:
    table = jobs({"prodstep": None}, {"prodstep": None})
    drawn = generate(Bootstrap.fit(table, 1), Arrivals.fit(table).sample_count(5, JUNE.first, 1), 1)
    assert drawn["prodstep"].null_count == 5


@given(st.integers(0, 99))
@settings(max_examples=5, deadline=None)
def test_the_same_seed_gives_the_same_jobs(seed: int) -> None:
    some = ARRIVED.slice(0, 300)
    assert generate(ENGINE, some, seed).equals(generate(ENGINE, some, seed))
    moved = {"SITE_1": 0.5}
    assert generate(ENGINE, some, seed, moved).equals(generate(ENGINE, some, seed, moved))


def test_a_site_gets_the_share_that_it_would_have_and_the_others_keep_their_proportions() -> None:
    before = shares_of(generate(ENGINE, ARRIVED, 1))
    after = shares_of(generate(ENGINE, ARRIVED, 1, {"SITE_7": 0.4}))
    assert after["SITE_7"] == pytest.approx(0.4, abs=0.03)
    assert before["SITE_7"] < 0.1
    assert after["SITE_0"] / after["SITE_1"] == pytest.approx(
        before["SITE_0"] / before["SITE_1"], rel=0.2
    )


def test_a_site_that_is_closed_loses_all_its_jobs() -> None:
    after = generate(ENGINE, ARRIVED, 1, {"SITE_0": 0.0})
    assert "SITE_0" not in shares_of(after)
    assert after["datatype"].equals(ARRIVED["datatype"])


def test_a_kind_that_ran_at_the_closed_site_only_goes_elsewhere_as_it_was_drawn() -> None:
    table = jobs(
        *({"jeditaskid": 1, "datatype": "RAW", "ninputdatafiles": 9} for _ in range(3)),
        *({"jeditaskid": 2, "computingsite": "BNL"} for _ in range(3)),
    )
    arrived = Arrivals.fit(table).sample_count(60, JUNE.first, 1)
    after = generate(Bootstrap.fit(table, 1), arrived, 1, {"CERN": 0.0})
    assert set(after["computingsite"].to_pylist()) == {"BNL"}
    files = zip(after["datatype"].to_pylist(), after["ninputdatafiles"].to_pylist(), strict=True)
    assert set(files) == {("RAW", 9), ("DAOD_PHYS", 3)}


def test_a_kind_stays_where_it_ran_while_the_shares_allow_it() -> None:
    """Kind RAW ran at CERN only; BNL can have half of the jobs without it."""
    table = jobs(
        *({"jeditaskid": 1, "datatype": "RAW"} for _ in range(30)),
        *({"jeditaskid": 2, "computingsite": s} for s in ["BNL"] * 10 + ["CERN"] * 60),
    )
    arrived = Arrivals.fit(table).sample_count(2000, JUNE.first, 1)
    after = generate(Bootstrap.fit(table, 1), arrived, 1, {"BNL": 0.5})
    assert shares_of(after)["BNL"] == pytest.approx(0.5, abs=0.04)
    kinds = after.group_by(["computingsite", "datatype"]).aggregate([([], "count_all")])
    counts = {(r["computingsite"], r["datatype"]): r["count_all"] for r in kinds.to_pylist()}
    assert counts.get(("BNL", "RAW"), 0) < 10


def test_fixed_categories_are_those_of_every_job_and_its_task_suits_them() -> None:
    drawn = generate(ENGINE, ARRIVED, 1, fixed={"jobstatus": "closed", "project": "mc20_13TeV"})
    assert set(drawn["jobstatus"].to_pylist()) == {"closed"}
    assert set(drawn["project"].to_pylist()) == {"mc20_13TeV"}
    kinds = set(map(str, TRAINED.select([*OF_TASK, "jobstatus"]).to_pylist()))
    assert set(map(str, drawn.select([*OF_TASK, "jobstatus"]).to_pylist())) <= kinds
    assert drawn["creationtime"] == ARRIVED["creationtime"]
    assert drawn["jeditaskid"] == ARRIVED["jeditaskid"]
    of_task = drawn.group_by(["jeditaskid"]).aggregate([(c, "count_distinct") for c in OF_TASK])
    assert {n for c in OF_TASK for n in of_task[f"{c}_count_distinct"].to_pylist()} == {1}

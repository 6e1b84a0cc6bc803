"""What the DAG files say, read by Airflow itself."""

import json
import sys

import pytest

from gridlens_airflow import assets
from gridlens_airflow.defaults import POOLS, WAREHOUSE_POOL

READ_DAGS = """
import json, socket, sys, warnings
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.models.pool import Pool

asked = []
def ask_network(*address):
    asked.append(str(address))
    raise OSError("reading a DAG file asks for the network")
socket.socket.connect = socket.getaddrinfo = ask_network
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    bag = DagBag()
after_parsing = sorted(sys.modules)
def task(t):
    return {
        "upstream": sorted(t.upstream_task_ids), "pool": t.pool, "retries": t.retries,
        "policy": type(t.retry_policy).__name__, "owner": t.owner,
        "timeout_s": t.execution_timeout.total_seconds(),
        "outlets": [asset.name for asset in t.outlets],
    }
def dag(d):
    DagSerialization.serialize_dag(d)
    return {
        "tasks": {t.task_id: task(t) for t in d.tasks},
        "groups": [g for g in d.task_group.get_task_group_dict() if g],
        "doc": d.doc_md, "tags": sorted(d.tags), "catchup": d.catchup,
        "max_active_runs": d.max_active_runs, "schedule": type(d.timetable).__name__,
        "params": {name: p.schema | {"value": p.value} for name, p in d.params.get_params().items()}
        if hasattr(d.params, "get_params") else
        {name: d.params.get_param(name).schema | {"value": d.params[name]} for name in d.params},
    }
print(json.dumps({
    "errors": bag.import_errors, "modules": after_parsing, "asked": asked,
    "warned": [f"{w.filename}: {w.message}" for w in warned],
    "seconds": {s.file: s.duration.total_seconds() for s in bag.dagbag_stats},
    "dags": {name: dag(d) for name, d in bag.dags.items()},
    "pools": {p.pool: p.slots for p in Pool.get_pools()},
}))
"""


@pytest.fixture(scope="module")
def read(airflow_home):
    answer = airflow_home.python("-c", READ_DAGS)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def daily(read):
    return read["dags"]["gridlens_daily"]


@pytest.fixture(scope="module")
def settle(read):
    return read["dags"]["gridlens_settle"]


@pytest.fixture(scope="module")
def upkeep(read):
    return read["dags"]["gridlens_upkeep"]


@pytest.fixture(scope="module")
def refit(read):
    return read["dags"]["refit_generator"]


@pytest.mark.bar(32)
def test_every_dag_file_is_read_without_an_error(read):
    assert read["errors"] == {}
    assert sorted(read["dags"]) == [
        "gridlens_daily",
        "gridlens_refresh",
        "gridlens_settle",
        "gridlens_upkeep",
        "gridlens_watch",
        "refit_generator",
    ]


@pytest.mark.bar(32)
@pytest.mark.parametrize(
    "heavy", ["duckdb", "opensearchpy", "pyarrow", "pandas", "numpy", "gridlens.pipelines"]
)
def test_reading_the_dags_loads_nothing_heavy(read, heavy):
    assert heavy not in read["modules"]


@pytest.mark.bar(32)
def test_reading_the_dags_asks_no_network_and_warns_of_nothing_of_ours(read):
    sys.stdout.write(json.dumps(read["seconds"], indent=1))
    assert read["asked"] == []
    assert [text for text in read["warned"] if "dags/" in text or "gridlens" in text] == []


def test_the_tables_that_the_dag_extracts_are_those_of_the_package():
    from gridlens.tables import TABLES

    assert tuple(TABLES) == assets.EXTRACTED


def test_every_table_that_is_replaced_by_day_is_an_asset():
    from gridlens.matching import V1
    from gridlens.pipelines.models import models

    by_day = [model.name for model in models(V1).values() if model.day]

    announced = [*assets.CORE, *assets.MATCHED, *assets.MARTS]
    assert sorted(asset.name for asset in announced) == sorted(by_day)


def test_a_day_passes_through_five_groups(daily):
    assert daily["groups"] == ["extract", "validate", "load", "match", "indicators"]


def test_the_steps_of_a_day_follow_each_other(daily):
    upstream = {name: task["upstream"] for name, task in daily["tasks"].items()}
    fetches = sorted(f"extract.fetch_{table}" for table in assets.EXTRACTED)

    assert upstream["check_sources"] == []
    assert upstream["extract.fetch_jobs"] == ["check_sources"]
    assert upstream["extract.fetch_files"] == ["check_sources", "extract.fetch_jobs"]
    assert upstream["extract.fetch_transfers"] == ["check_sources"]
    assert upstream["validate.check_slices"] == fetches
    assert upstream["load.replace_day"] == ["validate.check_slices"]
    assert upstream["match.link_transfers"] == ["load.replace_day"]
    assert upstream["indicators.compute_marts"] == ["match.link_transfers"]
    assert upstream["publish_file"] == ["indicators.compute_marts"]


def test_what_is_settled_is_published(settle):
    assert settle["tasks"]["publish_file"]["upstream"] == ["settle_days"]


def test_what_is_backed_up_was_checked_before(upkeep):
    steps = ["wait_for_quiet", "prune", "expire", "compact", "clean_up", "check", "back_up"]
    assert [upkeep["tasks"][step]["upstream"] for step in steps] == [[], *([s] for s in steps[:-1])]
    assert upkeep["max_active_runs"] == 1


def test_exactly_the_tasks_that_write_the_warehouse_queue_for_it(daily, settle, upkeep, refit):
    tasks = daily["tasks"] | settle["tasks"] | upkeep["tasks"] | refit["tasks"]

    assert sorted(name for name, task in tasks.items() if task["pool"] == WAREHOUSE_POOL) == [
        "back_up",
        "check",
        "clean_up",
        "compact",
        "expire",
        "gate",
        "indicators.compute_marts",
        "load.replace_day",
        "match.link_transfers",
        "prune",
        "settle_days",
    ]


def test_setting_up_creates_the_pools_that_tasks_ask_for_with_one_slot_each(read):
    asked = {task["pool"] for dag in read["dags"].values() for task in dag["tasks"].values()}

    assert asked - {"default_pool"} == POOLS.keys()
    assert {name: read["pools"][name] for name in POOLS} == dict.fromkeys(POOLS, 1)


def test_every_task_has_an_owner_a_limit_and_retries_by_the_error_tree(read):
    every = {(dag, n): t for dag, told in read["dags"].items() for n, t in told["tasks"].items()}
    for name, task in every.items():
        assert task["owner"] == "gridlens"
        assert task["policy"] == "ExceptionRetryPolicy"
        # The next look is the retry: waiting for one would keep it from beginning.
        assert task["retries"] == (0 if name == ("gridlens_watch", "look") else 4)
        assert 0 < task["timeout_s"] <= 2 * 3600


def test_alerts_are_looked_for_one_look_at_a_time(read):
    watching = read["dags"]["gridlens_watch"]
    assert (watching["max_active_runs"], watching["catchup"]) == (1, False)
    assert watching["tasks"]["look"]["pool"] == "default_pool"


def test_tasks_announce_the_tables_they_update(daily):
    outlets = {name: task["outlets"] for name, task in daily["tasks"].items() if task["outlets"]}

    assert sorted(outlets) == [
        "indicators.compute_marts",
        "load.replace_day",
        "match.link_transfers",
    ]
    assert {"core.jobs", "core.transfers"} < set(outlets["load.replace_day"])
    assert outlets["match.link_transfers"][0] == "core.job_transfers"


def test_the_day_is_a_date_picker_that_may_stay_empty(daily):
    assert daily["params"]["day"]["value"] is None
    assert daily["params"]["day"]["format"] == "date"
    assert daily["params"]["day"]["type"] == ["null", "string"]


def test_missed_days_are_left_to_backfills(daily, settle):
    assert (daily["catchup"], settle["catchup"]) == (False, False)
    assert daily["schedule"] == "CronPartitionTimetable"
    assert settle["max_active_runs"] == 1


def test_every_dag_says_what_it_does(read):
    for dag in read["dags"].values():
        assert len(dag["doc"]) > 200
        assert "gridlens" in dag["tags"]


def test_a_model_is_promoted_after_all_verdicts_and_a_person_if_one_is_asked(refit):
    upstream = {name: task["upstream"] for name, task in refit["tasks"].items()}

    assert upstream == {
        "decide": [],
        "prepare": ["decide"],
        "fit": ["prepare"],
        "judge": ["fit", "prepare"],
        "gate": ["judge", "prepare"],
        "choose": ["gate"],
        "who_decides": ["choose"],
        "approve": ["who_decides"],
        "promote": ["approve", "choose", "who_decides"],
    }


def test_a_refit_learns_one_model_at_a_time_by_default_and_asks_nobody(refit):
    from gridlens.pipelines import DEFAULT_ENGINES, ENGINES

    given = refit["params"]
    assert tuple(given["engines"]["value"]) == DEFAULT_ENGINES
    assert tuple(given["engines"]["items"]["enum"]) == ENGINES
    assert {name: given[name]["value"] for name in ("from", "to", "force", "approve")} == {
        "from": None,
        "to": None,
        "force": False,
        "approve": False,
    }
    assert (refit["catchup"], refit["max_active_runs"]) == (False, 1)

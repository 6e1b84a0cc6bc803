"""Days without a scheduler, as `make demo` runs them; the pipelines are made up."""

import json
from pathlib import Path

import pytest

FAKES = str(Path(__file__).parent / "fakes")
# All in one process: the first start of Airflow's task runner is the dear part.
RUN_DAYS = """
import json
from airflow.models.asset import AssetEvent
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from gridlens.window import Day
from gridlens_airflow.runs import run_day, run_settle

outcomes = {}
for day in ("2025-03-31", "2025-04-01", "2025-04-02", "2025-04-03"):
    try:
        outcomes[day] = run_day(Day.parse(day))
    except Exception as error:
        outcomes[day] = f"{type(error).__name__}: {error}"
outcomes["settle"] = run_settle()
with create_session() as session:
    of_days = session.query(DagRun).where(DagRun.dag_id == "gridlens_daily")
    runs = of_days.order_by(DagRun.run_after).all()
    print(json.dumps({
        "outcomes": outcomes,
        "notes": [run.note for run in runs],
        "first": {t.task_id: t.state for t in runs[0].task_instances},
        "last": {t.task_id: [t.state, t.try_number] for t in runs[-1].task_instances},
        "loaded": sorted({e.partition_key for e in session.query(AssetEvent) if e.partition_key}),
    }))
"""


@pytest.fixture(scope="module")
def told(airflow_home):
    answer = airflow_home.python(
        "-c", RUN_DAYS, PYTHONPATH=FAKES, FAKE_ERROR="load 2025-04-03 ContractBroken"
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_day_that_breaks_its_contract_ends_with_the_error_itself(told):
    assert told["outcomes"]["2025-04-03"] == "ContractBroken: load is broken, as asked: mend it"


def test_an_error_that_a_person_must_mend_is_tried_once(told):
    assert told["last"]["load.replace_day"] == ["failed", 1]
    assert told["last"]["match.link_transfers"] == ["upstream_failed", 0]


def test_a_day_before_the_source_begins_is_no_failure_and_loads_nothing(told):
    assert told["outcomes"]["2025-03-31"] == "success"
    assert {task for task, state in told["first"].items() if state == "skipped"} == {
        "validate.check_slices",
        "load.replace_day",
        "match.link_transfers",
        "indicators.compute_marts",
        "publish_file",
    }


def test_days_and_the_settling_after_them_run_in_one_process(told):
    assert told["outcomes"]["2025-04-01"] == "success"
    assert told["outcomes"]["2025-04-02"] == "success"
    assert told["outcomes"]["settle"] == "success"


def test_no_run_publishes_what_is_stale(told):
    # The publishing here fails a run that asks for stale days too.
    assert told["outcomes"]["2025-04-02"] == told["outcomes"]["settle"] == "success"


def test_the_note_of_a_run_names_its_day(told):
    assert told["notes"] == ["2025-03-31", "2025-04-01", "2025-04-02", "2025-04-03"]


def test_assets_hear_of_each_day_that_was_loaded(told):
    assert told["loaded"] == ["2025-04-01", "2025-04-02"]

"""One day without a scheduler, as `make demo` runs it; the pipelines are made up."""

import json
from pathlib import Path

import pytest

FAKES = str(Path(__file__).parent / "fakes")
# Two days in one process: the first start of Airflow's task runner is the dear part.
RUN_DAYS = """
import sys
from gridlens.window import Day
from gridlens_airflow.runs import run_day, run_settle
for day in sys.argv[1:]:
    print(day, run_day(Day.parse(day)))
print("settle", run_settle())
"""
TOLD = """
import json
from airflow.models.dagrun import DagRun
from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session
with create_session() as session:
    daily = DagRun.dag_id == "gridlens_daily"
    runs = session.query(DagRun).where(daily).order_by(DagRun.run_after).all()
    events = session.query(AssetEvent).all()
    print(json.dumps({
        "notes": [run.note for run in runs],
        "tries": {t.task_id: t.try_number for t in runs[-1].task_instances},
        "states": {t.task_id: t.state for t in runs[-1].task_instances},
        "days": sorted({event.partition_key for event in events if event.partition_key}),
    }))
"""


@pytest.fixture(scope="module")
def ran(airflow_home):
    return airflow_home.python("-c", RUN_DAYS, "2025-04-01", "2025-04-02", PYTHONPATH=FAKES)


@pytest.fixture(scope="module")
def broke(airflow_home, ran):
    return airflow_home.python(
        "-c", RUN_DAYS, "2025-04-03", PYTHONPATH=FAKES, FAKE_ERROR="load ContractBroken"
    )


@pytest.fixture(scope="module")
def told(airflow_home, broke):
    answer = airflow_home.python("-c", TOLD)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_day_that_breaks_its_contract_ends_with_the_error_itself(broke):
    assert broke.returncode == 1
    assert broke.stderr.rstrip().endswith(
        "gridlens.errors.ContractBroken: load is broken, as asked: mend it"
    )


def test_an_error_that_a_person_must_mend_is_tried_once(told):
    assert told["states"]["load.replace_day"] == "failed"
    assert told["tries"]["load.replace_day"] == 1
    assert told["states"]["match.link_transfers"] == "upstream_failed"


def test_days_run_one_after_another_in_one_process(ran):
    assert ran.returncode == 0, ran.stderr
    assert "2025-04-01 success" in ran.stdout
    assert "2025-04-02 success" in ran.stdout
    assert "settle success" in ran.stdout


def test_the_note_of_a_run_names_its_day(told):
    assert told["notes"] == ["2025-04-01", "2025-04-02", "2025-04-03"]


def test_assets_hear_of_each_day_that_was_loaded(told):
    assert told["days"] == ["2025-04-01", "2025-04-02"]

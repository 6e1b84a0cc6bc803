"""`refit_generator` without a scheduler, on one day of a small grid."""

import json

import pytest

from gridlens.pipelines import run_day
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day

FIRST = Day.parse("2025-04-01")
DAYS = {"from": str(FIRST), "to": str(FIRST.plus(1))}
# All in one process: the first start of Airflow's task runner is the dear part. So few jobs teach
# no engine enough: what is called good here is given the scores of unseen real jobs.
RUN_ALL = """
import json, os, sys, threading, time
from pathlib import Path
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from gridlens import pipelines
from gridlens.pipelines.refit_folder import RefitFolder
from gridlens_airflow.runs import load_dag

truly = pipelines.judge

def judge(settings, work, engine):
    report = truly(settings, work, engine)
    if engine == "independent":
        folder = RefitFolder.of(settings, work)
        scores = folder.read("independent/scores.json")
        folder.write("independent/scores.json", {**scores, "engine": scores["holdout"]})
    return report

pipelines.judge = judge
dag = load_dag("refit_generator")

def answer(option, asked):
    open_question = HITLDetail.responded_at.is_(None), TaskInstance.state == "awaiting_input"
    while True:
        time.sleep(0.2)
        with create_session() as session:
            found = session.query(HITLDetail).join(HITLDetail.task_instance).filter(*open_question)
            if detail := found.first():
                ti, payload = detail.task_instance, UpdateHITLDetailPayload(chosen_options=[option])
                person = SimpleAuthManagerUser(username="admin", role="admin")
                asked.append(detail.body)
                return update_hitl_detail(
                    ti.dag_id, ti.run_id, ti.task_id, payload, person, session
                )

def fail(failed):
    sys.__excepthook__(*failed[:3])
    os._exit(1)

threading.excepthook = fail  # else the run would wait for an answer

def champion():
    path = Path(os.environ["GRIDLENS_HOME"]) / "generator/snapshots/current.json"
    return json.loads(path.read_text())["champion"]["id"] if path.exists() else None

def told(option, conf):
    asked = []
    if option:
        threading.Thread(target=answer, args=(option, asked), daemon=True).start()
    run = dag.test(run_conf=conf)
    with create_session() as session:
        values = session.query(XComModel).where(XComModel.run_id == run.run_id).all()
        return {
            "state": run.state,
            "tasks": {t.task_id: t.state for t in run.get_task_instances(session=session)},
            "chosen": next((v.value for v in values if v.task_id == "choose"), None),
            "champion": champion(),
            "asked": asked,
        }

print(json.dumps({name: told(*how) for name, how in json.loads(sys.argv[1]).items()}))
"""
RUNS = {
    "too early": (None, {}),
    "good": (None, DAYS | {"engines": ["independent", "bootstrap"]}),
    "leak": (None, DAYS | {"engines": ["bootstrap"]}),
    "refused": ("Reject", DAYS | {"engines": ["independent"], "approve": True}),
    "agreed": ("Approve", DAYS | {"engines": ["independent"], "approve": True}),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("grid")
    make_days(home, seed=5, first=FIRST, days=1, jobs_per_day=450, progress=lambda line: None)
    settings = Settings(home=home, personal_key="only for tests, only for tests")
    run_day(settings, FIRST, lambda line: None)
    return home


@pytest.fixture(scope="module")
def ran(airflow_home, home):
    answer = airflow_home.python(
        "-c", RUN_ALL, json.dumps(RUNS), GRIDLENS_HOME=str(home), timeout=400
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1]) | {"log": answer.stdout + answer.stderr}


def states(ran, name):
    """State of each task of that run, in the order of the DAG."""
    order = ("decide", "prepare", "fit", "judge", "gate", "choose", "approve", "promote")
    return [ran[name]["tasks"][task] for task in order]


DONE = ["success"] * 6


def test_without_seven_whole_days_the_run_is_skipped_and_says_so(ran):
    assert states(ran, "too early") == ["skipped"] * 8
    assert "a model learns from 7 whole days in a row" in ran["log"]
    assert ran["too early"]["champion"] is None


def test_the_best_of_those_that_passed_is_promoted_without_asking_anybody(ran):
    assert states(ran, "good") == [*DONE, "skipped", "success"]
    assert ran["good"]["chosen"]["numbers"]["engine"] == "independent"
    assert ran["good"]["champion"] == ran["good"]["chosen"]["numbers"]["snapshot"]


def test_a_leak_stays_out_the_champion_stays_and_the_run_says_why_without_failing(ran):
    assert states(ran, "leak") == [*DONE, "skipped", "skipped"]
    assert ran["leak"]["state"] == "success"
    assert ran["leak"]["champion"] == ran["good"]["champion"]
    assert ran["leak"]["chosen"]["numbers"]["snapshot"] == "none"
    assert any("bootstrap: copies is 1, above" in note for note in ran["leak"]["chosen"]["notes"])
    assert "the champion stays: no engine has passed the gate" in ran["log"]


def test_a_person_who_is_asked_sees_the_reasons_and_may_refuse(ran):
    (question,) = ran["refused"]["asked"]
    assert "- independent: copies is 0, within" in question
    assert states(ran, "refused") == [*DONE, "success", "skipped"]
    assert ran["refused"]["champion"] == ran["good"]["champion"]


def test_a_person_who_agrees_has_it_promoted(ran):
    assert len(ran["agreed"]["asked"]) == 1
    assert states(ran, "agreed") == [*DONE, "success", "success"]
    assert ran["agreed"]["champion"] == ran["agreed"]["chosen"]["numbers"]["snapshot"]
    assert ran["agreed"]["champion"] != ran["good"]["champion"]

"""Queued runs of a paused DAG are told by the doctor, out of a real Airflow database."""

import json

# In one process, as the first import of Airflow is the dear part.
LOOK_AT_EACH = """
import json
from datetime import datetime, timezone
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from gridlens.pipelines.findings import Finding
from gridlens.settings import Settings
from gridlens_airflow.held_back import held_back_runs
from pathlib import Path

def told():
    looked = list(held_back_runs(Settings(home=Path("nowhere"))))
    return [[f.what, f.mend] if isinstance(f, Finding) else f.at for f in looked]

runs = [
    DagRun(dag_id="gridlens_daily", run_id=f"backfill__{n}", run_type="backfill", state=state)
    for n, state in enumerate(["queued", "queued", "success"])
]
found = [told()]
with create_session() as session:
    session.merge(DagBundleModel(name="for-this-test"))
    session.flush()
    is_new = session.get(DagModel, "gridlens_daily") is None
    before = None if is_new else session.get(DagModel, "gridlens_daily").is_paused
    if is_new:
        session.add(DagModel(dag_id="gridlens_daily", bundle_name="for-this-test"))
    session.add_all(runs)
for is_paused in (False, True):
    with create_session() as session:
        session.get(DagModel, "gridlens_daily").is_paused = is_paused
    found.append(told())
with create_session() as session:
    for run in runs:
        session.delete(session.merge(run))
    dag = session.get(DagModel, "gridlens_daily")
    dag.is_paused = bool(before)
    if is_new:
        session.delete(dag)
print(json.dumps(found))
"""


def test_doctor_names_queued_runs_of_a_paused_dag_and_the_command_that_lets_them_start(
    airflow_home,
):
    answer = airflow_home.python("-c", LOOK_AT_EACH, timeout=300)

    assert answer.returncode == 0, answer.stderr
    waiting = "2 queued runs of gridlens_daily will not start: it is paused"
    assert json.loads(answer.stdout.splitlines()[-1]) == [
        ["0 queued runs of gridlens_daily"],
        ["2 queued runs of gridlens_daily"],
        [[waiting, "airflow dags unpause gridlens_daily"], "2 queued runs of gridlens_daily"],
    ]


def test_database_that_was_never_prepared_is_told_with_the_next_step(airflow_home, tmp_path):
    look = "from gridlens_airflow.held_back import held_back_runs as look; print(*look(None))"

    answer = airflow_home.python(
        "-c",
        look,
        timeout=300,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{tmp_path / 'empty.db'}",
    )

    assert "Airflow's metadata database does not answer (OperationalError)" in answer.stdout
    assert "python -m gridlens_airflow.setup" in answer.stdout


def test_where_there_is_no_airflow_nothing_waits(monkeypatch, tmp_path):
    from gridlens_airflow.held_back import held_back_runs

    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", raising=False)
    assert list(held_back_runs(None)) == []

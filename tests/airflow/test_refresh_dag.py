"""`gridlens_refresh` without a scheduler, on documents of a real OpenSearch."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

# All in one process: the first start of Airflow's task runner is the dear part.
RUN_THRICE = """
import json
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from airflow.utils.types import DagRunType
from gridlens_airflow.runs import load_dag

def told(run):
    with create_session() as session:
        values = session.query(XComModel).where(XComModel.run_id == run.run_id).all()
        numbers = [v.value["numbers"] for v in values if v.task_id == "refresh_days"]
        return [{t.task_id: t.state for t in run.get_task_instances(session=session)}, *numbers]

dag = load_dag("gridlens_refresh")
runs = [told(dag.test()), told(dag.test())]
loading = DagRun(
    dag_id="gridlens_daily", run_id="loading", run_type=DagRunType.MANUAL, state="running"
)
with create_session() as session:
    session.add(loading)
runs.append(told(dag.test()))
with create_session() as session:
    session.delete(loading)
print(json.dumps(runs))
"""


def bulk_of_jobs(index):
    """A job that ended on each of the last four whole days."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for back in range(1, 5):
        at = (noon - timedelta(days=back)).isoformat()
        times = {"endtime": at, "statechangetime": at, "modificationtime": at}
        yield {"index": {"_index": index, "_id": str(back)}}
        yield {"pandaid": back, "jobstatus": "finished", "attemptnr": 1, **times}


@pytest.fixture
def jobs_of_late(node):
    """An index with jobs of the last days."""
    index = f"refreshed-{uuid4().hex[:8]}"
    body = "".join(json.dumps(line) + "\n" for line in bulk_of_jobs(index)).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{node.url}/_bulk?refresh=true", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["errors"] is False
    yield index
    gone = urllib.request.Request(f"{node.url}/{index}", method="DELETE")
    urllib.request.urlopen(gone, timeout=60).close()


def test_it_extracts_what_changed_then_nothing_and_skips_while_days_are_being_loaded(
    airflow_home, node, jobs_of_late, tmp_path
):
    (tmp_path / "sources.toml").write_text(
        '[[jobs]]\nmap = "panda_jobs_archived"\nendpoint = "opensearch_panda"\n'
        f'index = "{jobs_of_late}"\n'
    )

    answer = airflow_home.python(
        "-c",
        RUN_THRICE,
        GRIDLENS_HOME=str(tmp_path),
        GRIDLENS_ENDPOINT_OPENSEARCH_PANDA=json.dumps({"hosts": [node.url]}),
    )

    assert answer.returncode == 0, answer.stderr
    quiet = {"refresh_days": "success"}
    assert json.loads(answer.stdout.splitlines()[-1]) == [
        [quiet, {"looked at": 3, "extracted again": 3}],
        [quiet, {"looked at": 3, "extracted again": 0}],
        [{"refresh_days": "skipped"}],
    ]
    assert "1 days are being loaded: the next run will look" in answer.stdout + answer.stderr

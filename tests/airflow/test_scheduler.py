"""One day under a real scheduler, with real pipelines on a small simulated grid."""

import json
import socket
import time
import urllib.request

import pytest
import yaml
from conftest import AirflowHome

from gridlens.twin import make_days
from gridlens.window import Day
from gridlens_airflow.environment import CHECKOUT, kept_secret
from gridlens_airflow.up import health_of

pytestmark = pytest.mark.airflow

FIRST = Day.parse("2025-04-01")
DAILY = "dags/gridlens_daily/dagRuns"
PATIENCE_S = 240


class Api:
    """Airflow's REST interface, as its administrator."""

    def __init__(self, port, password):
        self.root = f"http://127.0.0.1:{port}"
        login = {"username": "admin", "password": password}
        self.token = self.ask("/auth/token", login)["access_token"]

    def ask(self, path, body=None):
        request = urllib.request.Request(
            self.root + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, **body):
        return self.ask(f"/api/v2/{DAILY}", {"logical_date": None} | body)["dag_run_id"]

    def end_of(self, run_id):
        run = f"/api/v2/{DAILY}/{urllib.request.quote(run_id)}"
        deadline = time.monotonic() + PATIENCE_S
        while (state := self.ask(run)["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, f"{run_id} is still {state}"
            time.sleep(0.5)
        tasks = self.ask(f"{run}/taskInstances")["task_instances"]
        return state, {task["task_id"]: task["state"] for task in tasks}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    installed = AirflowHome(tmp_path_factory.mktemp("scheduled"), free_port())
    grid = installed.folder / "data"
    make_days(grid, seed=1, first=FIRST, days=1, jobs_per_day=30, progress=lambda line: None)
    return installed


@pytest.fixture(scope="module")
def api(home):
    port = home.env["AIRFLOW__API__PORT"]
    up = home.start("-m", "gridlens_airflow.up", GRIDLENS_PORT=port)
    try:
        first_line = up.stdout.readline()
        assert first_line.startswith("Airflow is up"), up.communicate()
        yield Api(port, kept_secret(home.folder / "airflow" / "admin.password"))
    finally:
        up.terminate()
        up.communicate(timeout=100)


@pytest.fixture(scope="module")
def ends(api):
    """How two runs ended that were started together: a day with data and one before all data."""
    with_data = api.run(conf={"day": "2025-04-01"})
    before_data = api.run(partition_key="2025-03-31")
    return {"with data": api.end_of(with_data), "before data": api.end_of(before_data)}


def test_a_day_runs_to_its_end_under_a_real_scheduler(ends):
    state, tasks = ends["with data"]

    assert state == "success"
    assert set(tasks.values()) == {"success"}
    assert "indicators.compute_marts" in tasks


def test_a_day_before_the_source_begins_is_no_failure_and_loads_nothing(ends):
    state, tasks = ends["before data"]

    assert state == "success"
    assert {task for task, ended in tasks.items() if ended == "skipped"} == {
        "validate.check_slices",
        "load.replace_day",
        "match.link_transfers",
        "indicators.compute_marts",
    }


def test_what_the_task_found_is_told_in_the_ui(api, ends):
    events = api.ask("/api/v2/assets/events?limit=100")["asset_events"]
    loaded = next(event for event in events if event["name"] == "core.jobs")

    assert loaded["partition_key"] == "2025-04-01"
    assert loaded["extra"]["numbers"]["core.jobs"] == 30


def test_the_health_checks_of_the_containers_pass_on_plain_processes(home, api):
    services = yaml.safe_load((CHECKOUT / "docker-compose.yaml").read_text())["services"]
    checks = {
        name: service["healthcheck"]["test"][2:]
        for name, service in services.items()
        if service.get("healthcheck", {}).get("test", [])[:2] == ["CMD", "airflow"]
    }
    started = [home.start("-m", "airflow", *words) for words in checks.values()]

    assert sorted(checks) == ["dag-processor", "scheduler", "triggerer"]
    assert [(check.communicate(timeout=120), check.returncode)[1] for check in started] == [0] * 3
    assert health_of(int(home.env["AIRFLOW__API__PORT"]))["metadatabase"] == "healthy"


def test_a_second_start_on_the_same_port_is_refused_with_the_next_step(home, api):
    port = int(home.env["AIRFLOW__API__PORT"])

    second = home.python("-m", "gridlens_airflow.up", GRIDLENS_PORT=str(port))

    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"port {port} is taken: choose one with GRIDLENS_PORT={port + 1}"
    )

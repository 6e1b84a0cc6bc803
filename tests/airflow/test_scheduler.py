"""Days under a real scheduler, with real pipelines on a small simulated grid."""

import importlib.util
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode

import pytest
import yaml

from gridlens.pipelines import checksums
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day, Window
from gridlens_airflow.environment import CHECKOUT, kept_secret
from gridlens_airflow.up import health_of

pytestmark = pytest.mark.airflow

FIRST = Day.parse("2025-04-01")
DAILY = "dags/gridlens_daily/dagRuns"
SETTLE = "dags/gridlens_settle/dagRuns"
PATIENCE_S = 600
PLANTED = "planted-token-of-an-endpoint"
ENDPOINT = json.dumps({"hosts": ["https://nowhere.example:9200"], "token": PLANTED})


class Api:
    """Airflow's REST interface, as its administrator."""

    def __init__(self, port, password):
        self.root = f"http://127.0.0.1:{port}"
        login = {"username": "admin", "password": password}
        self.token = self.ask("/auth/token", login)["access_token"]

    def ask(self, path, body=None, method=None):
        request = urllib.request.Request(
            self.root + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, dag_runs=DAILY, **body):
        return self.ask(f"/api/v2/{dag_runs}", {"logical_date": None} | body)["dag_run_id"]

    def end_of(self, run_id, dag_runs=DAILY):
        run = f"/api/v2/{dag_runs}/{urllib.request.quote(run_id)}"
        deadline = time.monotonic() + PATIENCE_S
        while (state := self.ask(run)["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, f"{run_id} is still {state}"
            time.sleep(0.5)
        tasks = self.ask(f"{run}/taskInstances")["task_instances"]
        return state, {task["task_id"]: task["state"] for task in tasks}


@pytest.fixture(scope="module")
def home(airflow_home):
    grid = airflow_home.folder / "data"
    make_days(grid, seed=1, first=FIRST, days=4, jobs_per_day=30, progress=lambda line: None)
    return airflow_home


@pytest.fixture(scope="module")
def api(home):
    port = home.env["AIRFLOW__API__PORT"]
    planted = {"GRIDLENS_ENDPOINT_PLANTED": ENDPOINT}
    up = home.start("-m", "gridlens_airflow.up", GRIDLENS_PORT=port, **planted)
    try:
        first_line = up.stdout.readline()
        assert first_line.startswith("Airflow is up"), up.communicate()
        api = Api(port, kept_secret(home.folder / "airflow" / "admin.password"))
        # A run that falls into these minutes would load the day before the daily run does.
        for dag in ("gridlens_settle", "gridlens_watch", "gridlens_upkeep"):
            api.ask(f"/api/v2/dags/{dag}", {"is_paused": True}, "PATCH")
        yield api
    finally:
        up.terminate()
        up.communicate(timeout=100)


@pytest.fixture(scope="module")
def run_id(api):
    return api.run(conf={"day": "2025-04-01"})


@pytest.fixture(scope="module")
def end(api, run_id):
    return api.end_of(run_id)


def test_a_day_runs_to_its_end_under_a_real_scheduler(end):
    state, tasks = end

    assert state == "success"
    assert set(tasks.values()) == {"success"}
    assert "indicators.compute_marts" in tasks


def test_what_the_tasks_found_is_told_in_the_ui(api, run_id, end):
    of_run = f"source_run_id={urllib.request.quote(run_id)}&limit=100"
    events = api.ask(f"/api/v2/assets/events?{of_run}")["asset_events"]
    loaded = next(event for event in events if event["name"] == "core.jobs")

    assert loaded["partition_key"] == "2025-04-01"
    assert loaded["extra"]["numbers"]["core.jobs"] == 30


@pytest.mark.bar(28)
def test_no_file_log_or_xcom_of_a_run_has_a_secret(home, end):
    secrets = [home.env["GRIDLENS_PERSONAL_KEY"].encode(), PLANTED.encode()]
    forms = {form for s in secrets for form in (s, b64encode(s).rstrip(b"="), s.hex().encode())}
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    found = [path for path in files if any(form in path.read_bytes() for form in forms)]

    assert any("task_id=load.replace_day" in str(path) for path in files)
    assert any(path.name == "airflow.db" for path in files)
    assert found == []


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


@pytest.fixture(scope="module")
def witness():
    """What benchmarks/backfill.py watches a backfill with."""
    where = importlib.util.spec_from_file_location("backfill", CHECKOUT / "benchmarks/backfill.py")
    sys.modules["backfill"] = module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def backfilled(home, api, end, witness):
    """Three days, the last one first, while somebody reads; settled midway and at the end."""
    settings = Settings(home=home.folder / "data", personal_key=home.env["GRIDLENS_PERSONAL_KEY"])
    reader = witness.Reader(settings, Window(FIRST, FIRST.plus(4)))
    wish = {"dag_id": "gridlens_daily", "max_active_runs": 4, "run_backwards": True}
    days = {"from_date": "2025-04-02T00:00:00Z", "to_date": "2025-04-04T00:00:00Z"}
    with reader.asking():
        api.ask("/api/v2/backfills", wish | days)
        runs = wait_for_runs(api, 3, ("running", "success"))
        api.ask("/api/v2/dags/gridlens_settle", {"is_paused": False}, "PATCH")
        in_the_middle = api.end_of(api.run(SETTLE), SETTLE)
        states = [api.end_of(run)[0] for run in runs]
        at_the_end = api.end_of(api.run(SETTLE), SETTLE)
    return settings, reader, states, in_the_middle, at_the_end


def wait_for_runs(api, number, states):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = api.ask(f"/api/v2/{DAILY}?run_type=backfill")["dag_runs"]
        if len(found) == number and any(run["state"] in states for run in found):
            return [run["dag_run_id"] for run in found]
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


@pytest.mark.slow
def test_backfilled_days_end_well_and_settling_waits_for_the_last_of_them(backfilled):
    _, _, states, in_the_middle, at_the_end = backfilled

    assert states == ["success"] * 3
    assert set(in_the_middle[1].values()) == {"skipped"}
    assert set(at_the_end[1].values()) == {"success"}


@pytest.mark.bar(5, 6)
@pytest.mark.slow
def test_no_lock_error_reaches_a_task_or_the_reader_of_a_backfill(home, backfilled, witness):
    _, reader, *_ = backfilled

    assert reader.errors == []
    assert len(reader.seconds) > 3
    assert witness.lock_errors(home.folder / "airflow") == []


@pytest.mark.bar(5)
@pytest.mark.slow
def test_backfill_computes_no_day_more_than_twice_and_ends_as_a_serial_run(
    backfilled, witness, tmp_path
):
    settings, *_ = backfilled

    assert set(witness.times_computed(settings).values()) <= {1, 2}
    serial = witness.serial(settings, Window(FIRST, FIRST.plus(4)), tmp_path)
    assert checksums(settings) == serial


@pytest.mark.bar(5, 6)
@pytest.mark.slow
@pytest.mark.parametrize("metadata", ["sqlite", "postgres"])
def test_thirty_days_with_four_runs_in_parallel(metadata, tmp_path):
    program = [sys.executable, str(CHECKOUT / "benchmarks" / "backfill.py"), str(tmp_path)]
    subprocess.run([*program, "--days", "30", "--metadata", metadata], check=True)

    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["runs that failed"] == 0
    assert figures["lock errors in task logs"] == 0
    assert figures["reader: errors"] == 0
    assert figures["times a day was computed, at most"] <= 2
    assert figures["equal to the serial run"] is True


def test_the_pages_of_gridlens_are_there_for_who_is_logged_in(api):
    page = urllib.request.Request(api.root + "/gridlens/")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(page, timeout=60)
    page.add_header("Authorization", f"Bearer {api.token}")
    with urllib.request.urlopen(page, timeout=60) as answer:
        assert "<h1>Days</h1>" in answer.read().decode()

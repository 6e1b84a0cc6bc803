"""Airflow's own metrics and lineage of our DAGs, by its settings alone; docs/operators has them."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gridlens_airflow.environment import CHECKOUT

FAKES = str(Path(__file__).parent / "fakes")
PAGE = CHECKOUT / "docs" / "operators" / "observability.md"
RUN_SETTLE = "from gridlens_airflow.runs import run_settle; print(run_settle())"


def documented(chapter, **values):
    """The variables of a chapter of the page, as an operator would copy them."""
    text = PAGE.read_text("utf-8").split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    pairs = re.findall(r"^export (\w+)='?(.*?)'?$", text, re.MULTILINE)
    assert pairs
    return {name: value.format(**values) if values else value for name, value in pairs} | values


def settled(airflow_home, variables):
    """Run gridlens_settle under these variables; the pipelines are made up."""
    answer = airflow_home.python("-c", RUN_SETTLE, PYTHONPATH=FAKES, **variables)
    assert "success" in answer.stdout.splitlines(), answer.stderr


@contextmanager
def collector():
    """A server that takes what is posted; gives its port and the list of (path, body)."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, posted
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def datagrams():
    """A UDP socket; gives its port and a function that reads all that has arrived."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sink.setblocking(False)

        def arrived():
            lines = []
            while True:
                try:
                    lines += sink.recv(65536).decode().splitlines()
                except BlockingIOError:
                    return lines

        yield sink.getsockname()[1], arrived


@pytest.fixture(scope="module")
def seen(airflow_home):
    """What a StatsD server and a lineage receiver hear of one run of gridlens_settle."""
    with datagrams() as (port, arrived), collector() as (lineage_port, posted):
        variables = documented("StatsD") | documented("OpenLineage")
        variables["AIRFLOW__METRICS__STATSD_PORT"] = str(port)
        transport = json.loads(variables["AIRFLOW__OPENLINEAGE__TRANSPORT"])
        transport["url"] = f"http://127.0.0.1:{lineage_port}"
        variables["AIRFLOW__OPENLINEAGE__TRANSPORT"] = json.dumps(transport)
        settled(airflow_home, variables)
        return arrived(), [(path, json.loads(body)) for path, body in posted]


def test_statsd_hears_of_each_task_of_our_dags(seen):
    lines, _ = seen
    print("\n".join(lines))
    assert any("settle_days" in line for line in lines)


def test_openlineage_hears_of_each_task(seen):
    _, events = seen
    for path, e in events:
        print(path, e["eventType"], e["job"]["name"], e.get("outputs"), list(e["run"]["facets"]))
    print(
        json.dumps([e for _, e in events if "settle_days" in e["job"]["name"]][-1], indent=1)[:3000]
    )
    assert events

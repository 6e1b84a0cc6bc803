"""Airflow's own metrics and lineage of our DAGs, by its settings alone; docs/operators has them."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from gridlens_airflow.environment import CHECKOUT

FAKES = str(Path(__file__).parent / "fakes")
PAGE = CHECKOUT / "docs" / "operators" / "observability.md"
RUN_SETTLE = "from gridlens_airflow.runs import run_settle; print(run_settle())"


def documented(chapter, ports):
    """The variables of a chapter of the page, as one would copy them, but for the ports."""
    text = PAGE.read_text("utf-8").split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    variables = dict(re.findall(r"^export (\w+)='?(.*?)'?$", text, re.MULTILINE))
    for name, value in variables.items():
        for documented_port, port in ports.items():
            variables[name] = value.replace(documented_port, str(port))
    assert variables
    return variables


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
def heard(airflow_home):
    """What a StatsD server and a lineage receiver hear of one run of gridlens_settle."""
    with datagrams() as (statsd, arrived), collector() as (lineage, posted):
        variables = documented("StatsD", {"8125": statsd}) | documented(
            "OpenLineage", {"5000": lineage}
        )
        settled(airflow_home, variables)
        return arrived(), [(path, json.loads(body)) for path, body in posted]


def test_statsd_hears_how_each_task_of_our_dags_ended_and_how_long_it_took(heard):
    lines, _ = heard
    for task in ("settle_days", "publish_file"):
        assert f"airflow.ti.finish.gridlens_settle.{task}.success:1|c" in lines
        assert any(
            line.startswith(f"airflow.dag.gridlens_settle.{task}.duration:") for line in lines
        )


def test_openlineage_hears_of_each_task_and_of_the_run(heard):
    _, events = heard
    assert {path for path, _ in events} == {"/api/v1/lineage"}
    told = {(event["job"]["name"], event["eventType"]) for _, event in events}
    jobs = ("settle_days", "publish_file")
    assert told >= {
        (f"gridlens_settle.{job}", kind) for job in jobs for kind in ("START", "COMPLETE")
    }
    assert ("gridlens_settle", "COMPLETE") in told
    assert {event["job"]["namespace"] for _, event in events} == {"gridlens"}


@pytest.mark.slow
def test_opentelemetry_is_sent_the_same_metrics(airflow_home):
    with collector() as (port, posted):
        settled(airflow_home, documented("OpenTelemetry", {"4318": port}))
    assert {path for path, _ in posted} == {"/v1/metrics"}
    names = {
        metric.name
        for _, body in posted
        for of_resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
    }
    assert names >= {"airflow.ti.finish", "airflow.task.duration"}

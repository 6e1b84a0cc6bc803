"""Traces: their times are seconds with decimals, which their index keeps as dates."""

import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from day_of_jobs import DAY, Server

from gridlens.endpoint import Endpoint
from gridlens.pipelines import extract
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.twin.indices import templates

NAME = "opensearch_rucio"
MIDNIGHT = 1_743_465_600.0  # 2025-04-01 00:00 UTC


def trace(number, start, **more):
    """A download of that many seconds after DAY has begun."""
    at = MIDNIGHT + start
    times = {"timeStart": at, "transferStart": at + 1.25, "timeEnd": at + 60.5}
    who = {"traceId": f"{number:032}", "eventType": "get_sm", "clientState": "DONE"}
    what = {"filename": f"f{number}", "scope": "mc", "filesize": 7, "taskid": "41", "appid": "None"}
    return {**who, **what, **times, **more}


# Number → trace; those from 90 on are of the neighbours of DAY.
TRACES = {
    1: trace(1, 0),
    2: trace(2, 86_398.7),
    3: trace(3, 5_000, transferStart=None),
    4: trace(4, 90_000, transferStart=MIDNIGHT + 7.5),
    90: trace(90, -2),
    91: trace(91, 86_399),
    92: trace(92, -90_000),
}


@pytest.fixture(scope="module")
def index(node):
    """An index of the template for traces."""
    server = Server(node.url)
    server.ask("PUT", "/_index_template/rucio_traces", templates()["rucio_traces"])
    server.put("rucio_traces-2025.04.01", {str(number): t for number, t in TRACES.items()})
    return "rucio_traces-*"


@pytest.mark.parametrize("paging", ["pit", "search_after"])
def test_traces_of_the_day_are_found_by_seconds_and_read_to_the_millisecond(
    node, index, tmp_path, paging
):
    entry = {"map": "pilot_traces", "endpoint": NAME, "index": index}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
    (tmp_path / "sources.toml").write_text(f"[[transfers]]\n{text}")
    endpoint = Endpoint(NAME, hosts=(node.url,), page_size=2, requests_per_second=1_000.0)
    settings = Settings(
        home=tmp_path,
        personal_key="a key of the tests alone",
        endpoints={NAME: replace(endpoint, paging=paging)},
    )
    extract(settings, "transfers", DAY)
    store = SliceStore(settings.slices)
    manifest = store.manifest("transfers", DAY)
    rows = pq.read_table(store.path(manifest), columns=["transfer_id", "started_at"]).to_pylist()
    found = {
        int(row["transfer_id"]): (row["started_at"] - DAY.start).total_seconds() for row in rows
    }
    assert found == {1: 1.25, 2: 86_399.95, 3: 5_000, 4: 7.5}
    assert manifest.promised == manifest.fetched == 4

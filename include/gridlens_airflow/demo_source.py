"""Where the demo's documents are read from: exported files, or an OpenSearch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from gridlens.settings import ENDPOINT, Settings
from gridlens_airflow.environment import DEMO

FILES, OPENSEARCH = "files", "opensearch"
# Each source has a home, and so a warehouse, of its own; the exports are the files' one.
HOMES = {FILES: DEMO / "data", OPENSEARCH: DEMO / "opensearch"}
NODE = DEMO / "opensearch-node"
SYSTEMS = ("opensearch_panda", "opensearch_rucio")
CONNECTION = "AIRFLOW_CONN_"


@contextmanager
def published(settings: Settings, exports: Path, say: Callable[[str], None]) -> Iterator[None]:
    """The exports in OpenSearch while the block runs, and the home of the settings reads them.

    Where connections or endpoints of both systems are configured, they are published there; else
    to a server of our own, whose address becomes that of the connections.

    Raises:
        GridlensError: the server does not start, refuses a document, or has indices of others.
    """
    if all(_is_configured(name) for name in SYSTEMS):
        _publish(settings, exports, say)
        yield
        return
    from gridlens import pipelines

    with pipelines.server(NODE) as url:
        say(f"OpenSearch is at {url} for as long as this runs")
        os.environ |= {CONNECTION + name.upper(): _connection(url) for name in SYSTEMS}
        _publish(settings, exports, say)
        yield


def _is_configured(name: str) -> bool:
    return any(prefix + name.upper() in os.environ for prefix in (CONNECTION, ENDPOINT))


def _publish(settings: Settings, exports: Path, say: Callable[[str], None]) -> None:
    # Only now: Airflow reads the environment when it is imported.
    from gridlens import pipelines
    from gridlens_airflow.hook import ConnectionEndpoints

    endpoints = ConnectionEndpoints(settings.endpoints)
    report = pipelines.publish(replace(settings, endpoints=endpoints), exports, progress=say)
    say(report.summary())


def _connection(url: str) -> str:
    address = urlsplit(url)
    return json.dumps(
        {
            "conn_type": "gridlens_opensearch",
            "schema": address.scheme,
            "host": address.hostname,
            "port": address.port,
        }
    )

"""A real OpenSearch from pip: starts, keeps its data, ends with its parent, says what is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from gridlens.errors import SettingsError, SourceRejected
from gridlens.twin.node import Node
from gridlens.twin.server_jars import keep_if_pinned, server_jars

PARENT = """
import sys, time
from pathlib import Path
from gridlens.twin.node import Node
node = Node(Path(sys.argv[1]))
node.start()
print(node.pid, flush=True)
time.sleep(600)
"""


def asked(node, path, document=None):
    request = urllib.request.Request(
        node.url + path,
        data=document and json.dumps(document).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT" if document else "GET",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        node = Node(tmp_path)
        node.port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {node.port} is taken"):
            node.start()
    assert node.pid is None


def test_a_port_that_the_server_would_not_take_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="port 9300 cannot be: choose one of 1024 to 9299"):
        Node(tmp_path, port=9300)


def test_a_folder_has_one_node_at_a_time(node):
    with pytest.raises(SettingsError, match="another node runs in"):
        Node(node.folder).start()
    assert asked(node, "/_cluster/health")["status"] in ("green", "yellow")


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path):
    with pytest.raises(SettingsError, match="Invalid initial heap size: -Xmsnone"):
        Node(tmp_path, heap="none").start()


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(SettingsError, match=r"pip install 'gridlens\[server\]'"):
        server_jars()


def test_a_jar_with_other_bytes_than_the_pinned_ones_is_thrown_away(tmp_path):
    jar = tmp_path / "opensearch-3.5.0.jar"
    jar.write_bytes(b"a download that broke off")
    with pytest.raises(SourceRejected, match=r"opensearch-3\.5\.0\.jar is not the file that"):
        keep_if_pinned(jar)
    assert not jar.exists()


def test_it_answers_as_an_opensearch(node):
    assert asked(node, "/")["version"]["number"] == "3.5.0"


def test_started_again_it_has_its_address_and_its_data(node):
    before = node.url
    asked(node, "/kept/_doc/1?refresh=true", {"pandaid": 7})
    node.restart()
    assert node.url == before
    assert asked(node, "/kept/_doc/1")["_source"] == {"pandaid": 7}


def test_it_ends_with_its_parent_even_if_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        server = int(parent.stdout.readline())
        os.kill(server, 0)
        parent.send_signal(signal.SIGKILL)
    with suppress(ProcessLookupError):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            os.kill(server, 0)
            if Path(f"/proc/{server}/stat").read_text().split()[2] == "Z":
                return  # nobody reaps orphans in some containers
            time.sleep(0.1)
        pytest.fail(f"process {server} lives on")

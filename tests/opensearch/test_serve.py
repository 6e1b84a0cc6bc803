"""`gridlens twin serve`: a server until somebody stops it."""

import os
import signal
import subprocess
import sys
import urllib.request

from gridlens.twin.node import Node

COMMAND = "import sys; from gridlens.cli import main; sys.exit(main())"


def test_it_says_where_it_is_and_how_to_read_from_it_and_ends_on_a_sigterm(tmp_path):
    # A port that is free now: of a server that has just been stopped.
    with Node(tmp_path) as first:
        url, port = first.url, first.port
    command = ["twin", "serve", "--port", str(port), "--folder", str(tmp_path)]
    served = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *command],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    with served:
        said = [served.stdout.readline() for _ in range(5)]
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.status == 200
        served.send_signal(signal.SIGTERM)
        said += served.stdout.readlines()
    assert served.returncode == 0
    assert f"OpenSearch is up: {url}" in said[1]
    assert f"kill {served.pid}, stops it" in said[2]
    assert f"""GRIDLENS_ENDPOINT_OPENSEARCH_PANDA='{{"hosts": ["{url}"]}}'""" in said[3]
    assert said[-1] == "OpenSearch is stopped; its data stay.\n"

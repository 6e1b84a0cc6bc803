"""An Airflow home that is migrated once, and processes that use it.

Airflow warns on import and keeps global state, so what needs its database runs in a process of
its own.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gridlens_airflow.environment import airflow_environment

FAKES = Path(__file__).parent / "fakes"


class AirflowHome:
    """Runs Python in the environment of one Airflow home."""

    def __init__(self, folder, port):
        self.folder = folder
        self.env = (
            {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
            | airflow_environment(folder / "data", folder / "airflow", port)
            | {
                "GRIDLENS_PERSONAL_KEY": "only for tests, only for tests",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            }
        )

    def python(self, *arguments, timeout=120, **more_env):
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.env | more_env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments, **more_env):
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=self.env | more_env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory):
    home = AirflowHome(tmp_path_factory.mktemp("installation"), free_port())
    prepared = home.python("-m", "gridlens_airflow.setup")
    assert prepared.returncode == 0, prepared.stderr
    return home

"""`make up`: Airflow with its UI on this machine, over what `make demo` has made.

Airflow's metadata is in a SQLite of its folder, unless AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names
another database.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from gridlens.errors import SettingsError
from gridlens_airflow.environment import (
    DATABASE,
    DEFAULT_PORT,
    DEMO,
    airflow_environment,
    kept_secret,
)

PATIENCE_S = 600
STOP_PATIENCE_S = 30
HEALTHY_PARTS = ("scheduler", "dag_processor", "triggerer")


def main() -> int:
    """Start everything, say where it is, and stop it with Ctrl-C."""
    port = int(os.environ.get("GRIDLENS_PORT", DEFAULT_PORT))
    refuse_taken_port(port)
    airflow_home = Path(os.environ.get("AIRFLOW_HOME", DEMO / "airflow"))
    home = Path(os.environ.get("GRIDLENS_HOME", DEMO / "data"))
    own = airflow_environment(home, airflow_home, port)
    database = {DATABASE: os.environ[DATABASE]} if DATABASE in os.environ else {}
    os.environ.update(own | database)
    key = os.environ.get("GRIDLENS_PERSONAL_KEY") or kept_secret(airflow_home / "personal.key")
    os.environ["GRIDLENS_PERSONAL_KEY"] = key
    password = kept_secret(airflow_home / "admin.password")

    # Only now, as Airflow reads the environment when it is imported.
    from gridlens_airflow.setup import ADMIN, prepare, write_login

    prepare()
    write_login(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]), password)
    # A shell starts background jobs deaf to Ctrl-C, and Airflow would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    log = airflow_home / "standalone.log"
    airflow = start_airflow(log)
    try:
        wait_until_healthy(airflow, port, log)
        _say(f"Airflow is up: http://127.0.0.1:{port}  user {ADMIN}  password {password}")
        _say(f"The warehouse is {home / 'warehouse'}, the log {log}. Ctrl-C stops Airflow.")
        return airflow.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        # A second Ctrl-C must not leave parts of Airflow behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _say("Stopping Airflow; this takes some seconds.")
        stop_airflow(airflow)


def refuse_taken_port(port: int) -> None:
    """Fail before anything is started if something else listens on the port."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(f"port {port} is taken: choose one with GRIDLENS_PORT={port + 1}")


def start_airflow(log: Path) -> subprocess.Popen[bytes]:
    """Start `airflow standalone` in the present environment, in a process group of its own."""
    # standalone finds its parts through PATH, and this Python need not be on it.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env=os.environ | {"PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_healthy(airflow: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once every part of Airflow reports that it is healthy.

    Raises:
        SettingsError: Airflow ended or was not ready in time; the log says why.
    """
    deadline = time.monotonic() + PATIENCE_S
    while airflow.poll() is None and time.monotonic() < deadline:
        health = health_of(port)
        if all(health.get(part) == "healthy" for part in HEALTHY_PARTS):
            return
        time.sleep(0.5)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise SettingsError(f"Airflow did not come up. The end of {log}:\n{tail}")


def health_of(port: int) -> dict[str, str]:
    """The state of each part of Airflow; empty while the server does not answer."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5
        ) as answer:
            parts = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return {}
    return {name: part["status"] for name, part in parts.items()}


def stop_airflow(airflow: subprocess.Popen[bytes]) -> None:
    """Stop all of Airflow's processes: politely, then for good."""
    # Ctrl-C to the parent alone: it then ends its parts in order. The group takes a second
    # signal badly, so that comes only if the parts do not end.
    airflow.send_signal(signal.SIGINT)
    try:
        airflow.wait(STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(airflow.pid, signal.SIGKILL)
        airflow.wait()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SettingsError as error:
        sys.exit(str(error))

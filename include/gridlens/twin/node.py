"""A single-node OpenSearch on this machine, from pip alone: no container, no system Java."""

from __future__ import annotations

import fcntl
import json
import random
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from gridlens.errors import SettingsError
from gridlens.twin.server_command import PORTS_FILE, server_command

HOST = "127.0.0.1"
# The runner takes no port above 9299. Below 32768 the kernel gives none to outgoing connections,
# so that a node which is started again finds its own one free.
PORTS = range(1024, 9300)
CHOSEN_PORTS = range(5000, 9200)
TRIES = 5  # at ports that another node may take between our choice and our use
PATIENCE_S = 180.0
STOP_PATIENCE_S = 30.0
TAIL_LINES = 12


class Node:
    """An OpenSearch server with a folder of its own; it ends with this process, whatever ends that.

    ``start`` must be called in a thread that lives as long as the node shall: the kernel takes
    the end of that thread for the end of the process.
    """

    def __init__(self, folder: Path, *, port: int | None = None, heap: str = "512m") -> None:
        """Describe a node; nothing is started yet.

        Args:
            folder: where its data, its configuration and its log rest.
            port: of HTTP, 1024 to 9299; None takes a free one and keeps to it.
            heap: memory of its heap, as Java writes it; the process needs about as much again.
        """
        if port is not None and port not in PORTS:
            raise SettingsError(f"port {port} cannot be: choose one of {PORTS[0]} to {PORTS[-1]}")
        self.folder, self.port, self._heap = folder.absolute(), port, heap
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, ``http://127.0.0.1:PORT``; a port that is not given is known later."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    def __enter__(self) -> Node:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and return once it answers.

        Raises:
            SettingsError: the port or the folder is taken, something is not installed, or the
                server ended or was not ready in time; the message has the end of its log.
            SourceUnavailable: its jars are not here yet and cannot be fetched.
        """
        for _ in range(1 if self.port else TRIES):
            wanted = self.port or _free_port()
            _refuse_taken(wanted)
            self._launch(wanted)
            # The runner moves on to the next port if somebody has just taken this one.
            if self._listens_at() == wanted:
                self.port = wanted
                return
            self.stop()
        raise SettingsError(f"OpenSearch did not start; the end of {self.log}:\n{self._tail()}")

    def stop(self) -> None:
        """Stop the server, politely and then for good; its data stay."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it and start it again, at the same address and with the same data."""
        self.stop()
        self.start()

    def wait(self) -> None:
        """Return once the server has ended by itself."""
        if self._process is not None:
            self._process.wait()

    def _launch(self, port: int) -> None:
        command = server_command(self.folder, port, self._heap)
        with (self.folder / "node.lock").open("w") as lock:
            try:
                # The server inherits the lock, and so holds it for as long as it lives.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SettingsError(f"another node runs in {self.folder}: stop it first") from None
            (self.folder / PORTS_FILE).unlink(missing_ok=True)
            with self.log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 - a command of our own
                    command,
                    pass_fds=[lock.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for us, who then stop it
                )

    def _listens_at(self) -> int | None:
        """Wait until the server answers: at which port; None if it ends or takes too long."""
        deadline = time.monotonic() + PATIENCE_S
        while self._process and self._process.poll() is None and time.monotonic() < deadline:
            port = self._bound_port()
            if port and _is_healthy(port):
                return port
            time.sleep(0.1)
        return None

    def _bound_port(self) -> int | None:
        try:
            address = (self.folder / PORTS_FILE).read_text()
        except FileNotFoundError:
            return None
        return int(address.rpartition(":")[2]) if address.endswith("\n") else None

    def _tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])


def _is_healthy(port: int) -> bool:
    try:
        url = f"http://{HOST}:{port}/_cluster/health"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(json.load(answer)["status"] in ("green", "yellow"))
    except (OSError, ValueError):
        return False


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _refuse_taken(port: int) -> None:
    if _is_taken(port):
        raise SettingsError(f"port {port} is taken: stop what listens there, or choose another")


def _free_port() -> int:
    chosen = random.SystemRandom().sample(CHOSEN_PORTS, len(CHOSEN_PORTS))
    return next(port for port in chosen if not _is_taken(port))

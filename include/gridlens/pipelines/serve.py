"""Run an OpenSearch on this machine, for as long as it is needed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gridlens.errors import SourceUnavailable
from gridlens.twin.node import Node


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """An OpenSearch while the block runs: its address; its data rest in the folder.

    Raises:
        SettingsError: the folder is taken, something is not installed, or it does not start.
        SourceUnavailable: its jars are not here yet and cannot be fetched.
    """
    with Node(folder) as node:
        yield node.url


def serve(folder: Path, port: int, progress: Callable[[str], None]) -> None:
    """Start a server, say where it is, and stop it at Ctrl-C or a SIGTERM.

    Args:
        folder: where its data rest; the next time they are there again.
        port: of HTTP, 1024 to 9299.
        progress: is told where the server is, and how to point gridlens at it.

    Raises:
        SettingsError: the port or the folder is taken, something is not installed, or it does
            not start.
        SourceUnavailable: it ended by itself, or its jars cannot be fetched.
    """
    # A shell starts background jobs deaf to Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    progress("Starting an OpenSearch; the first time, its jars are fetched (70 MB).")
    try:
        with Node(folder, port=port) as node:
            progress(_where(node))
            node.wait()
            raise SourceUnavailable(f"OpenSearch has ended by itself: {node.log} may say why")
    except KeyboardInterrupt:
        progress("OpenSearch is stopped; its data stay.")


def _where(node: Node) -> str:
    hosts = f'{{"hosts": ["{node.url}"]}}'
    return (
        f"OpenSearch is up: {node.url}; its data and its log are in {node.folder}.\n"
        f"Ctrl-C, or kill {os.getpid()}, stops it. To publish to it and to read from it:\n"
        f"  export GRIDLENS_ENDPOINT_OPENSEARCH_PANDA='{hosts}'\n"
        f"  export GRIDLENS_ENDPOINT_OPENSEARCH_RUCIO='{hosts}'"
    )

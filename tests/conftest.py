"""What tests of several folders share: one real OpenSearch for each worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gridlens.twin.node import Node

# Importing Great Expectations takes seconds in each process: only tests of its pages ask for them.
os.environ["GRIDLENS_DATA_DOCS_DAYS"] = "0"


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """An OpenSearch server, started when the first test asks for it, ended with the run.

    It is empty at first and all tests of a worker share it: take index names of your own.
    """
    with Node(tmp_path_factory.mktemp("opensearch")) as server:
        yield server

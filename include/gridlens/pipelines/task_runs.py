"""What each run of a task cost and how it ended; nothing else may depend on it.

A task that writes the warehouse writes its row in the same transaction. Any other, and one that
fails, leaves its row as a file, which the next writer takes in.
"""

from __future__ import annotations

import json
import platform
import socket
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, wraps
from importlib.metadata import version
from inspect import signature
from typing import ParamSpec, TypeVar

import duckdb

from gridlens.errors import GridlensError
from gridlens.pipelines.peak_memory import forget_peak, peak_rss_mb
from gridlens.pipelines.report import Stopwatch
from gridlens.pipelines.waiting_rows import TABLE, leave, waiting
from gridlens.settings import Settings
from gridlens.warehouse import ComputedDay, Lake, RawRows, Staged
from gridlens.window import Day

PACKAGES = ("gridlens", "duckdb", "pyarrow")
_LONGEST_ERROR = 500
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


@dataclass
class _Run:
    """One run of a task, from its start."""

    task: str
    day: Day | None
    settings: Settings
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    watch: Stopwatch = field(default_factory=Stopwatch)
    has_own_peak: bool = field(default_factory=forget_peak)
    peak_mb: float = 0.0
    state: str = "done"
    error: str | None = None
    facts: dict[str, int | str] = field(default_factory=dict)
    is_written: bool = False

    def hold_peak(self) -> None:
        """Remember the peak before a run within this one makes the system forget it."""
        self.peak_mb = max(self.peak_mb, peak_rss_mb())

    def fail(self, error: BaseException) -> None:
        """End with this error; a row that was written already is replaced by this one's."""
        said = type(error).__name__
        # What others say may hold anything: values of documents, an address with its login.
        if isinstance(error, GridlensError) and (lines := str(error).splitlines()):
            said += f": {lines[0]}"
        self.state, self.error = "failed", said[:_LONGEST_ERROR]
        self.is_written = False

    def row(self) -> dict[str, object]:
        """The row of raw.task_runs, as it is now."""
        self.hold_peak()
        attempt = self.settings.attempt
        return {
            "task_run_id": self.id,
            "task": self.task,
            "day": self.day.date if self.day else None,
            "state": self.state,
            "error": self.error,
            "dag": attempt.dag,
            "run": attempt.run,
            "attempt": attempt.number,
            "started_at": self.started_at,
            "seconds": self.watch.seconds,
            **self.facts,
            "peak_rss_mb": self.peak_mb,
            "peak_of": "task" if self.has_own_peak else "process",
            "versions": _versions(),
            "host": socket.gethostname(),
        }


_running: ContextVar[_Run | None] = ContextVar("_running", default=None)


def recorded(task: str) -> Callable[[Callable[_Given, _Result]], Callable[_Given, _Result]]:
    """Make a step leave one row of raw.task_runs for each call, failed ones too.

    Args:
        task: the row's name of it; ``extract {table}`` takes that argument in. The step's
            arguments ``settings`` and, if it has one, ``day`` are read as well.
    """

    def decorate(step: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
        bind = signature(step).bind

        @wraps(step)
        def run(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
            given = bind(*args, **kwargs).arguments
            with _recording(task.format_map(given), given.get("day"), given["settings"]):
                return step(*args, **kwargs)

        return run

    return decorate


def note(**facts: int | str) -> None:
    """Tell of the running task what it read or wrote; outside of one, nothing happens.

    Args:
        **facts: ``rows_in``, ``rows_out``, ``bytes``, ``fingerprint`` of raw.task_runs.
    """
    if run := _running.get():
        run.facts |= facts


def write(
    settings: Settings,
    lake: Lake,
    staged: Sequence[Staged] = (),
    computed: Sequence[ComputedDay] = (),
    raw_rows: RawRows | None = None,
    by: duckdb.DuckDBPyConnection | None = None,
) -> list[ComputedDay]:
    """``Lake.replace``, with the rows of the running task and of those that left theirs.

    Returns:
        The records that were overtaken; then nothing was written, these rows neither.

    Raises:
        WarehouseBusy: as `Lake.replace`.
    """
    run = _running.get()
    left = waiting(settings.task_runs)
    rows = [*left.values(), *([run.row()] if run else [])]
    overtaken = lake.replace(staged, computed, {**(raw_rows or {}), TABLE: rows}, by)
    if run:
        run.state, run.is_written = "overtaken" if overtaken else "done", not overtaken
    for path in () if overtaken else left:
        path.unlink(missing_ok=True)  # another writer may have taken it in as well
    return overtaken


@contextmanager
def _recording(task: str, day: Day | None, settings: Settings) -> Iterator[None]:
    if outer := _running.get():
        outer.hold_peak()
    run = _Run(task, day, settings)
    token = _running.set(run)
    try:
        yield
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        _running.reset(token)
        if not run.is_written:
            leave(settings.task_runs, run.row())


@cache
def _versions() -> str:
    packages = {name: version(name) for name in PACKAGES}
    return json.dumps({"python": platform.python_version(), **packages})

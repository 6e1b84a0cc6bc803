"""Facts of one run: how long, how much, on which machine. Nothing else may depend on them."""

from __future__ import annotations

import json
import platform
import resource
import socket
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from gridlens.pipelines.report import Stopwatch
from gridlens.window import Day

PACKAGES = ("gridlens", "duckdb", "pyarrow")


def task_run(task: str, day: Day | None, watch: Stopwatch, *, rows: int) -> dict[str, object]:
    """One row of raw.task_runs for a run that is about to publish its result."""
    ended = datetime.now(UTC).replace(tzinfo=None)
    return {
        "task": task,
        "day": day.date if day else None,
        "started_at": ended - timedelta(seconds=watch.seconds),
        "seconds": watch.seconds,
        "rows_out": rows,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": json.dumps(
            {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
        ),
        "host": socket.gethostname(),
    }

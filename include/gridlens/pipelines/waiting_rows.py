"""Rows of raw.task_runs in files, until the next writer takes them into the warehouse."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gridlens.warehouse import RAW_TABLES

log = logging.getLogger(__name__)

TABLE = "task_runs"


def leave(folder: Path, row: Mapping[str, Any]) -> None:
    """Leave a row for the next writer; what the task did counts more than this row of it.

    Args:
        folder: is made, but not the home that it is in.
        row: of raw.task_runs.
    """
    if not folder.parent.is_dir():
        return  # a home that is not there gets no folder by failing
    unfinished = folder / f".{row['task_run_id']}"
    try:
        folder.mkdir(exist_ok=True)
        unfinished.write_text(json.dumps(row, default=str))
        unfinished.replace(folder / f"{row['task_run_id']}.json")
    except OSError as error:
        log.warning("raw.task_runs will lack a run of '%s': %s", row["task"], error)


def waiting(folder: Path) -> dict[Path, dict[str, Any]]:
    """Rows that tasks have left, by file."""
    found = {path: _read(path) for path in sorted(folder.glob("[!.]*.json"))}
    return {path: row for path, row in found.items() if row is not None}


def _read(path: Path) -> dict[str, Any] | None:
    """The row in a file; None where another writer was quicker, or it is not one."""
    try:
        row = json.loads(path.read_text())
        row["day"] = date.fromisoformat(row["day"]) if row["day"] else None
        row["started_at"] = datetime.fromisoformat(row["started_at"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        path.rename(path.with_suffix(".unreadable"))
        log.warning("%s is not the row of a task run, and is set aside: %s", path, error)
        return None
    # A later version, gone back from, may have left more.
    known = {column.name for column in RAW_TABLES[TABLE].columns}
    return {name: value for name, value in row.items() if name in known}

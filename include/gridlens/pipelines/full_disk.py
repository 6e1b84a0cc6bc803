"""A full disk in words: where, how much room there is, and what takes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import duckdb

from gridlens.disk import is_full
from gridlens.errors import DiskFull
from gridlens.settings import Settings

_Given = ParamSpec("_Given")
_Done = TypeVar("_Done")


def says_when_full(
    step: Callable[Concatenate[Settings, _Given], _Done],
) -> Callable[Concatenate[Settings, _Given], _Done]:
    """The step, which raises ``DiskFull`` where it could not write for want of room."""

    @wraps(step)
    def in_words(settings: Settings, /, *given: _Given.args, **named: _Given.kwargs) -> _Done:
        try:
            return step(settings, *given, **named)
        except (OSError, duckdb.Error) as error:
            if not is_full(error):
                raise
            raise DiskFull(_message(settings, error)) from error

    return in_words


def _message(settings: Settings, error: Exception) -> str:
    free = shutil.disk_usage(settings.home).free
    folders = (settings.slices, settings.warehouse, settings.published, settings.generator)
    taken = ", ".join(f"{f.name} {_gigabytes(_size(f))}" for f in folders if f.is_dir())
    return (
        f"{settings.home}: its disk has no room for what was to be written "
        f"({_gigabytes(free)} are free; {taken}). What stood there stays: make room, of published "
        "all but the newest file can go, or give GRIDLENS_HOME a larger disk; then run it again "
        f"({' '.join(str(error).split())})"
    )


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"

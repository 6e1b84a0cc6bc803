"""Is the folder of an installation fit to work in: its key, its disk, what was left there."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gridlens.errors import NotFound, SettingsError, WarehouseDamaged
from gridlens.pipelines.backup import backups
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.findings import Check, Finding, Looked
from gridlens.pipelines.settle import KEPT_S
from gridlens.settings import Settings
from gridlens.warehouse import LOCK, ON, held_by, leftovers, orphaned_files


def personal_key(settings: Settings) -> Iterator[Finding | Looked]:
    """The key of the personal hash is there."""
    try:
        settings.secret()
    except SettingsError:
        make = "import secrets; print(secrets.token_hex(32))"
        yield Finding(
            "there is no personal key, or it is too short: no day can be extracted; days that "
            "were made with another key do not join with new ones",
            "GRIDLENS_PERSONAL_KEY",
            f"export GRIDLENS_PERSONAL_KEY=\"$(python -c '{make}')\"",
        )


def disk_space(settings: Settings) -> Iterator[Finding | Looked]:
    """The disk has room for a tenth more than the home holds, and for 1 GB at least."""
    if not settings.home.exists():
        yield Finding("the home is not there", str(settings.home), f"mkdir -p {settings.home}")
        return
    held = sum(map(_size, settings.home.rglob("*")))
    free = shutil.disk_usage(settings.home).free
    needed = max(held / 10, 1e9)
    if free < needed:
        what = f"only {free / 1e9:.1f} GB are free on its disk: upkeep needs {needed / 1e9:.1f} GB"
        yield Finding(what, str(settings.home), "gridlens upkeep")
    yield Looked(f"{settings.home}: {held / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free")


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):  # a draft that was just given its name
        return path.lstat().st_size
    return 0


def writer_is_alive(settings: Settings) -> Iterator[Finding | Looked]:
    """Who holds the warehouse's lock is a living process."""
    holder = held_by(settings.warehouse)
    if holder is None:
        return
    path = settings.warehouse / LOCK
    process, _, host = holder.partition(ON)
    # Numbers of another host or container mean nothing here.
    if host == socket.gethostname() and process.isdecimal() and _is_gone(int(process)):
        what = f"process {process} is gone, and one that it started still holds its lock"
        yield Finding(what, str(path), f"fuser -k -TERM {path}")
    else:
        yield Looked(f"the writer's lock: process {holder} is writing now")


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # it is another user's
    return False


def nothing_is_left_over(settings: Settings) -> Iterator[Finding | Looked]:
    """No killed run has left its staging folder, or files that no catalog names."""
    lake = open_lake(settings)
    limit = time.time() - _LEFT_S
    left = leftovers(lake)
    try:
        needed = {file for backup in backups(settings) for file in backup.files}
        left += orphaned_files(lake, needed)
    except (NotFound, WarehouseDamaged):
        yield Looked("what killed runs have left: staging folders only")
    for path in left:
        if path.stat().st_mtime < limit:
            yield Finding("a killed run has left it", str(path), "gridlens upkeep clean-up")


# Upkeep removes what is older than a day, once a day.
_LEFT_S = 2 * KEPT_S + 3600.0

HOME_CHECKS: tuple[Check, ...] = (
    personal_key,
    disk_space,
    writer_is_alive,
    nothing_is_left_over,
)

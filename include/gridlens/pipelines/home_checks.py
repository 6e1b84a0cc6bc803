"""Is the folder of an installation fit to work in: its key, its disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from gridlens.errors import SettingsError
from gridlens.pipelines.findings import Check, Finding, Looked
from gridlens.settings import Settings


def personal_key(settings: Settings) -> Iterator[Finding | Looked]:
    """The key of the personal hash is there."""
    try:
        settings.secret()
    except SettingsError:
        make = "import secrets; print(secrets.token_hex(32))"
        yield Finding(
            "there is no personal key, or it is too short: no day can be extracted",
            "GRIDLENS_PERSONAL_KEY",
            f"export GRIDLENS_PERSONAL_KEY=\"$(python -c '{make}')\"",
        )


def disk_space(settings: Settings) -> Iterator[Finding | Looked]:
    """The disk has room for a tenth more than the home holds, and for 1 GB at least."""
    held = sum(path.lstat().st_size for path in settings.home.rglob("*"))
    free = shutil.disk_usage(settings.home).free
    needed = max(held / 10, 1e9)
    if free < needed:
        what = f"only {free / 1e9:.1f} GB are free on its disk: upkeep needs {needed / 1e9:.1f} GB"
        yield Finding(what, str(settings.home), "gridlens upkeep")
    yield Looked(f"{settings.home}: {held / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free")


HOME_CHECKS: tuple[Check, ...] = (personal_key, disk_space)

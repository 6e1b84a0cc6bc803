"""Slices that broke their contract, remembered until they are mended: nothing of them is loaded."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from gridlens.alerts import Found
from gridlens.disk import publish_text
from gridlens.errors import SettingsError
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.window import Day

log = logging.getLogger(__name__)


def remember(settings: Settings, manifest: Manifest, broken: Mapping[str, str]) -> None:
    """Note which rules and measures this slice broke, with what was said, or that it broke none.

    A file, as there may be no warehouse yet, and nobody should wait for its writer to fail.
    """
    path = _folder(settings) / f"{manifest.table}-{manifest.day}.json"
    if not broken:
        path.unlink(missing_ok=True)
        return
    said = {"table": manifest.table, "day": str(manifest.day), "broken": dict(broken)}
    publish_text(json.dumps(said | {"fingerprint": manifest.fingerprint}), path)


def broken_rules(settings: Settings) -> list[Found]:
    """The broken rules of slices that still are those that broke them.

    A file that cannot be read is set aside; the day's next validation writes it anew.

    Raises:
        SliceError: the manifest of such a slice cannot be read.
    """
    store = SliceStore(settings.slices)
    found = []
    for path in sorted(_folder(settings).glob("*.json")):
        try:
            fingerprint, broken = _read(path)
        except (ValueError, KeyError, TypeError, AttributeError, SettingsError) as error:
            path.replace(path.with_suffix(".unreadable"))
            log.warning("%s says of no slice what it broke, and is set aside: %s", path, error)
            continue
        except FileNotFoundError:
            continue  # mended meanwhile
        manifest = store.manifest(broken[0].table, broken[0].day)
        if manifest and manifest.fingerprint == fingerprint:
            found += broken
    return found


def _read(path: Path) -> tuple[str, list[Found]]:
    """The fingerprint of the slice, and what it broke, at least one rule."""
    said = json.loads(path.read_text(encoding="utf-8"))
    day = Day.parse(said["day"])
    broken = [
        Found(said["table"], day, rule, "fail", message) for rule, message in said["broken"].items()
    ]
    if not broken:
        raise ValueError("it names no rule")
    return said["fingerprint"], broken


def _folder(settings: Settings) -> Path:
    return settings.alerts / "broken"

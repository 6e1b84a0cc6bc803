"""Slices that broke their contract, remembered until they are mended: nothing of them is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gridlens.alerts import Found
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.window import Day


def remember(settings: Settings, manifest: Manifest, broken: Mapping[str, str]) -> None:
    """Note which rules and measures this slice broke, with what was said, or that it broke none.

    A file, as there may be no warehouse yet, and nobody should wait for its writer to fail.
    """
    path = _folder(settings) / f"{manifest.table}-{manifest.day}.json"
    if not broken:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    said = {"table": manifest.table, "day": str(manifest.day), "broken": dict(broken)}
    draft.write_text(json.dumps(said | {"fingerprint": manifest.fingerprint}), encoding="utf-8")
    draft.replace(path)


def broken_rules(settings: Settings) -> list[Found]:
    """The broken rules of slices that still are those that broke them."""
    store = SliceStore(settings.slices)
    found = []
    for path in sorted(_folder(settings).glob("*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        day = Day.parse(said["day"])
        manifest = store.manifest(said["table"], day)
        if manifest and manifest.fingerprint == said["fingerprint"]:
            found += [
                Found(said["table"], day, rule, "fail", message)
                for rule, message in said["broken"].items()
            ]
    return found


def _folder(settings: Settings) -> Path:
    return settings.alerts / "broken"

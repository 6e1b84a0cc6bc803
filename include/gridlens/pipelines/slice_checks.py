"""Are the slices whole: each manifest can be read, each file is what its manifest names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gridlens.errors import SettingsError, SliceError
from gridlens.pipelines.findings import Check, Finding, Looked
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day


def slices_are_whole(settings: Settings) -> Iterator[Finding | Looked]:
    """Every slice has the sha256 of its manifest, unless it was pruned."""
    store = SliceStore(settings.slices)
    for name in TABLES:
        paths = sorted((settings.slices / name).glob("*.json"))
        for path in paths:
            yield from _slice(store, path)
        if paths:
            files = (settings.slices / name).glob("*.parquet")
            size = sum(file.stat().st_size for file in files) / 1e6
            yield Looked(f"slices of {name}: {len(paths)} days, {size:.1f} MB, by their sha256")


def _slice(store: SliceStore, path: Path) -> Iterator[Finding]:
    try:
        day = Day.parse(path.stem)
    except SettingsError:
        yield Finding("the file is no manifest of a day", str(path), f"rm {path}")
        return
    again = f"gridlens run-day {day}"
    try:
        manifest = store.manifest(path.parent.name, day)
    except SliceError as error:
        yield Finding(f"the manifest cannot be read: {error}", str(path), f"rm {path} && {again}")
        return
    try:
        if manifest is not None and not manifest.pruned:
            store.verify(manifest)
    except SliceError as error:
        yield Finding(f"a slice is damaged: {error}", str(path), again)


SLICE_CHECKS: tuple[Check, ...] = (slices_are_whole,)

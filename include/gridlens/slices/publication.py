"""Giving a settled day its names: first the files, last the manifest that points at them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from gridlens.disk import is_whole, publish, sha256_of
from gridlens.slices.manifest import Manifest, manifest_path

log = logging.getLogger(__name__)


def seal(root: Path, drafts: Mapping[str, Path], earlier: Manifest | None) -> dict[str, str]:
    """The sha256 of what is to stand under each name; drafts that stand there already go.

    A name tells the content, but not the bytes: another version of the engine may write other
    bytes. The earlier manifest must hold until the new one is there, so its files are kept.
    """
    sha256 = {}
    for name, draft in drafts.items():
        known = earlier.sha256.get(name) if earlier else None
        if known and is_whole(root / name, known):
            draft.unlink()
        sha256[name] = known if known and not draft.exists() else sha256_of(draft)
    return sha256


def publish_all(
    root: Path,
    drafts: Mapping[str, Path],
    manifest: Manifest,
    earlier: Manifest | None,
    scratch: Path,
) -> None:
    """Move the drafts to their names, then let the manifest point at them."""
    for name, draft in drafts.items():
        if draft.exists():
            publish(draft, root / name)
    for name in earlier.files if earlier else ():
        # Who reads the earlier manifest may still need its files: for a sweep they age from now.
        if (root / name).exists():
            (root / name).touch()
    pointer = scratch / "manifest.json"
    pointer.write_text(manifest.as_json(), encoding="utf-8")
    publish(pointer, manifest_path(root, manifest.table, manifest.day))


def key_files(root: Path, earlier: Manifest | None) -> list[Path]:
    """The earlier slice and its gone keys, as far as they are whole.

    A torn file must not keep its cure, a new extraction, from running; that its keys, or those of
    a pruned slice, cannot be compared is said in the log.
    """
    if earlier is None:
        return []
    if earlier.pruned:
        where = f"{earlier.table} {earlier.day}"
        log.warning("%s was pruned: keys of it that are gone stay unknown", where)
    whole = []
    for name in (earlier.file, earlier.gone_file):
        if name and is_whole(root / name, earlier.sha256[name]):
            whole.append(root / name)
        elif name:
            log.warning("%s is torn or missing: keys of it that are gone stay unknown", root / name)
    return whole

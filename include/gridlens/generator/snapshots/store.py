"""Snapshots as folders: written whole or not at all, and read only where every byte is right."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gridlens.disk import sha256_of, sync
from gridlens.errors import NotFound, SnapshotBroken
from gridlens.generator.snapshots.manifest import NAME, Content, Manifest

DRAFT = ".draft-"
CURE = (
    "put the folder back from a copy; or go on without it, by `gridlens generator rollback` where "
    "it is champion (with nothing to go back to, remove current.json), and fit anew"
)
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True)
class Snapshot:
    """A snapshot whose files are those that its manifest names.

    Attributes:
        id: its folder's name: when it was written, and the manifest's first 8 digits of sha256.
        folder: where it is.
        manifest: what it says of itself.
        sha256: of the manifest's bytes.
    """

    id: str
    folder: Path
    manifest: Manifest
    sha256: str


def write(root: Path, facts: Manifest, fill: Callable[[Path], None], now: datetime) -> Snapshot:
    """Write a snapshot beside its place, then give it its name.

    Args:
        root: folder of all snapshots; one process writes to it at a time.
        facts: the manifest, without files.
        fill: writes all files, plain data only, into the empty folder that it is given.
        now: UTC.
    """
    root.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=root))
    try:
        fill(draft)
        manifest = replace(facts, files=_sealed(draft))
        text = manifest.as_json().encode()
        (draft / NAME).write_bytes(text)
        for path in (*_files(draft), *_folders(draft), draft):
            sync(path)
        sha256 = hashlib.sha256(text).hexdigest()
        folder = root / f"{now:%Y%m%dT%H%M%SZ}-{sha256[:8]}"
        if not folder.exists():  # else the same facts of the same second: the same snapshot
            draft.chmod(0o755)  # a draft is its writer's alone
            draft.rename(folder)
        sync(root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Snapshot(folder.name, folder, manifest, sha256)


def identifiers(root: Path) -> list[str]:
    """All snapshots, the oldest first; a folder of another name is none."""
    names = (path.name for path in root.iterdir()) if root.is_dir() else ()
    return sorted(name for name in names if _ID.fullmatch(name))


def read(root: Path, id_: str) -> Snapshot:
    """A snapshot, once all its files are found to be those that were written.

    Raises:
        NotFound: there is none of that name.
        SnapshotBroken: a file is missing, altered or unknown; the message names it.
    """
    folder = root / id_
    if not _ID.fullmatch(id_) or not folder.is_dir():
        raise NotFound(f"there is no snapshot '{id_}' in {root}: see `gridlens generator list`")
    try:
        return _checked(folder)
    except SnapshotBroken as error:
        raise SnapshotBroken(f"{folder}: {error}; nothing of it is read: {CURE}") from None


def _checked(folder: Path) -> Snapshot:
    path = folder / NAME
    if path.is_symlink() or not path.is_file():
        raise SnapshotBroken(f"{NAME} is missing")
    text = path.read_bytes()
    sha256 = hashlib.sha256(text).hexdigest()
    if not folder.name.endswith(sha256[:8]):
        raise SnapshotBroken(f"{NAME} is not the one that gave the folder its name")
    manifest = Manifest.from_json(text.decode(errors="replace"))
    found = {str(path.relative_to(folder)): path for path in _files(folder)}
    if strange := sorted(found.keys() - manifest.files.keys() - {NAME}):
        raise SnapshotBroken(f"{strange[0]} is not in the manifest")
    for name, content in manifest.files.items():
        _check_file(found.get(name), name, content)
    return Snapshot(folder.name, folder, manifest, sha256)


def _check_file(path: Path | None, name: str, content: Content) -> None:
    """A name that leads out of the folder is not among the files that were found in it."""
    if path is None:
        raise SnapshotBroken(f"{name} is missing")
    if path.is_symlink() or not path.is_file():
        raise SnapshotBroken(f"{name} is no plain file")
    if path.stat().st_size != content.bytes or sha256_of(path) != content.sha256:
        raise SnapshotBroken(f"{name} is not what was written")


def _sealed(folder: Path) -> dict[str, Content]:
    return {
        str(path.relative_to(folder)): Content(sha256_of(path), path.stat().st_size)
        for path in sorted(_files(folder))
    }


def _files(folder: Path) -> Iterator[Path]:
    """Everything but folders; a link to a folder counts as a file, and is refused as such."""
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_dir())

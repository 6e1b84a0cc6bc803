"""The profiles of slices, kept beside them: each can be made again from its slice at any time."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

from gridlens.quality import Contract, Profile, profile, profile_fingerprint
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day


def profile_of(
    settings: Settings, store: SliceStore, manifest: Manifest, contract: Contract
) -> Profile:
    """The slice's profile: the one that is kept, or a new one."""
    if kept := kept_profile(settings, manifest, contract):
        return kept
    made = profile(manifest, store.path(manifest) if manifest.file else None, contract)
    _keep(_path(settings, manifest), made.as_json(_fingerprint(manifest, contract)))
    return made


def kept_profile(settings: Settings, manifest: Manifest, contract: Contract) -> Profile | None:
    """The profile that is kept; none where it is of something else, torn or unreadable."""
    try:
        text = _path(settings, manifest).read_text(encoding="utf-8")
        return Profile.from_json(text, _fingerprint(manifest, contract))
    except (OSError, UnicodeDecodeError):
        return None


def sweep_profiles(settings: Settings, older_than_s: float) -> list[str]:
    """Remove profiles of days that have no manifest any more, and drafts that a killed task left.

    Args:
        settings: where they rest.
        older_than_s: a younger draft may be another task's that is still writing it, in seconds.

    Returns:
        The removed files, below the folder of the profiles.
    """
    store, before = SliceStore(settings.slices), time.time() - older_than_s
    removed = []
    for path in (p for name in TABLES for p in sorted((settings.profiles / name).glob("*"))):
        is_profile = path.match("????-??-??.json")
        if not _has_slice(store, path) if is_profile else _is_old(path, before):
            path.unlink(missing_ok=True)
            removed.append(str(path.relative_to(settings.profiles)))
    return removed


def _path(settings: Settings, manifest: Manifest) -> Path:
    return settings.profiles / manifest.table / f"{manifest.day}.json"


def _fingerprint(manifest: Manifest, contract: Contract) -> str:
    return profile_fingerprint(manifest.fingerprint, contract)


def _keep(path: Path, text: str) -> None:
    # It can be made anew at any time, so that it need not outlive a crash of the machine.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{uuid4().hex}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _is_old(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:  # its task has ended meanwhile
        return False


def _has_slice(store: SliceStore, path: Path) -> bool:
    return store.manifest(path.parent.name, Day.parse(path.stem)) is not None

"""Which snapshot is drawn from: a pointer, replaced in one step, that remembers those before it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from gridlens.disk import publish
from gridlens.errors import InputError, NotFound, SnapshotBroken
from gridlens.generator.snapshots.store import CURE, DRAFT, Snapshot, identifiers, read

POINTER = "current.json"
FORMER = 3  # champions that a rollback can go back to, one after another
KEPT = 10


@dataclass(frozen=True)
class Named:
    """A snapshot as a pointer names it: by its id and by the sha256 of its manifest."""

    id: str
    sha256: str


@dataclass(frozen=True)
class Pointer:
    """The champion and those before it, the last one first."""

    champion: Named
    former: tuple[Named, ...] = ()


def pointer(root: Path) -> Pointer | None:
    """Who is champion; None: nobody yet.

    Raises:
        SnapshotBroken: the pointer's file cannot be read.
    """
    try:
        given = json.loads((root / POINTER).read_text(encoding="utf-8"))
        return Pointer(Named(**given["champion"]), tuple(Named(**n) for n in given["former"]))
    except FileNotFoundError:
        return None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SnapshotBroken(
            f"{root / POINTER} is torn or altered ({error}): remove it, then promote again"
        ) from None


def champion(root: Path) -> Snapshot:
    """The snapshot to draw from, all its files checked.

    Raises:
        NotFound: nobody has been promoted yet.
        SnapshotBroken: a file of it, or the pointer, is not what was written.
    """
    found = pointer(root)
    if found is None:
        raise NotFound(
            f"no snapshot in {root} has been promoted yet: `gridlens generator fit` makes one, "
            "`gridlens generator promote ID` chooses it"
        )
    return _named(root, found.champion)


def promote(root: Path, id_: str) -> Snapshot:
    """Make a snapshot that has passed the gate the champion; the pointer is replaced as a whole.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotBroken: a file of it is not what was written.
        InputError: it did not pass, or it was held against another champion than the present one.
    """
    chosen = read(root, id_)
    now = pointer(root)
    if now and now.champion == Named(id_, chosen.sha256):
        return chosen
    if not chosen.manifest.passed:
        why = "; ".join(chosen.manifest.reasons) or "no reason is given"
        raise InputError(f"snapshot {id_} did not pass the gate, the champion stays: {why}")
    if chosen.manifest.champion != (now.champion.id if now else None):
        raise InputError(
            f"snapshot {id_} was held against {chosen.manifest.champion or 'no champion'}, and "
            f"{now.champion.id if now else 'nobody'} is champion now: fit it again"
        )
    before = (now.champion, *now.former) if now else ()
    _point(root, Pointer(Named(id_, chosen.sha256), before[:FORMER]))
    return chosen


def rollback(root: Path) -> Snapshot:
    """Make the champion before this one the champion again.

    Raises:
        NotFound: there is none before this one.
        SnapshotBroken: a file of it is not what was written; the champion stays.
    """
    now = pointer(root)
    if now is None or not now.former:
        raise NotFound(f"no earlier champion of {root} is known: there is nothing to go back to")
    chosen = _named(root, now.former[0])
    _point(root, Pointer(now.former[0], now.former[1:]))
    return chosen


def tidy(root: Path, kept: int = KEPT) -> list[str]:
    """Remove all snapshots but the newest, the champion and those that a rollback can go back to.

    What a writer that was killed has left behind goes too.

    Returns:
        Names of the snapshots that were removed.
    """
    for draft in root.glob(f"{DRAFT}*"):
        shutil.rmtree(draft) if draft.is_dir() else draft.unlink()
    known = identifiers(root)
    now = pointer(root)
    staying = {named.id for named in (now.champion, *now.former)} if now else set()
    staying |= {*known[max(len(known) - kept, 0) :]}
    removed = [id_ for id_ in known if id_ not in staying]
    for id_ in removed:
        # Under another name first: half a folder must not pass for a snapshot.
        shutil.rmtree((root / id_).rename(root / f"{DRAFT}{id_}"))
    return removed


def _named(root: Path, named: Named) -> Snapshot:
    found = read(root, named.id)
    if found.sha256 != named.sha256:
        raise SnapshotBroken(
            f"{found.folder}: manifest.json is not the one that was promoted; nothing of it is "
            f"read: {CURE}"
        )
    return found


def _point(root: Path, to: Pointer) -> None:
    draft = root / f"{DRAFT}{POINTER}"
    draft.write_text(json.dumps(asdict(to), indent=1) + "\n", encoding="utf-8")
    publish(draft, root / POINTER)

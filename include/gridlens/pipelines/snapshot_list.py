"""The generator's snapshots, for people: one line each, and the card of one."""

from __future__ import annotations

from gridlens.errors import SnapshotBroken
from gridlens.generator import snapshots
from gridlens.pipelines.gate import CARD, snapshots_root
from gridlens.settings import Settings


def snapshot_lines(settings: Settings) -> list[str]:
    """A line for each snapshot, the oldest first: id, engine, training days, verdict.

    A ``*`` marks the champion. A broken one is told of in its line.
    """
    root = snapshots_root(settings)
    now = snapshots.pointer(root)
    champion = now.champion.id if now else ""
    return [_line(settings, id_, id_ == champion) for id_ in snapshots.identifiers(root)]


def snapshot_card(settings: Settings, id_: str) -> str:
    """The card of a snapshot, once all its files are found to be right.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotBroken: a file of it is not what was written.
    """
    found = snapshots.read(snapshots_root(settings), id_)
    return (found.folder / CARD).read_text(encoding="utf-8")


def _line(settings: Settings, id_: str, is_champion: bool) -> str:
    mark = "*" if is_champion else " "
    try:
        told = snapshots.read(snapshots_root(settings), id_).manifest
    except SnapshotBroken as error:
        return f"{mark} {id_}  BROKEN  {error}"
    days = f"{told.training['first']}..{told.training['end']}"
    verdict = "passed" if told.passed else f"failed: {told.reasons[0]}"
    return f"{mark} {id_}  {told.engine:<12} {days}  {told.training['rows']:>10,}  {verdict}"

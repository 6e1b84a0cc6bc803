"""Care of an installation, one function a step: prune, expire, compact, clean up, seal, back up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from gridlens.errors import WarehouseDamaged
from gridlens.generator import snapshots
from gridlens.pipelines.backup import back_up, backups
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.findings import Finding
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.lake_checks import LAKE_CHECKS
from gridlens.pipelines.prune import prune
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.settle import KEPT_S
from gridlens.pipelines.slice_checks import SLICE_CHECKS
from gridlens.pipelines.task_runs import recorded
from gridlens.settings import Settings
from gridlens.warehouse import compact, expire_snapshots, lake_files, remove_files, seal_files


def upkeep(settings: Settings, progress: Callable[[str], None] = lambda line: None) -> Report:
    """All steps, one after another; each can be done again, and ends what a killed one began.

    Raises:
        NotFound: there is no warehouse.
        WarehouseDamaged: a file is missing, torn or altered; then no backup is made.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    for step in UPKEEP.values():
        progress(step(settings).summary())
    return Report("upkeep", None, {"steps": len(UPKEEP)}, (), watch.seconds)


@recorded("expire states")
@says_when_full
def expire_states(settings: Settings) -> Report:
    """Give up former states of the warehouse that are older than the operator keeps them.

    What the generator's champion was trained on stays, and so does the present state.
    """
    watch = Stopwatch()
    before = datetime.now(UTC) - timedelta(days=settings.keep_snapshots_days)
    given_up = expire_snapshots(open_lake(settings), before, _trained_on(settings))
    return Report("expire", None, {"former states given up": len(given_up)}, (), watch.seconds)


def _trained_on(settings: Settings) -> set[int]:
    """States of the warehouse that the champion and those before it learned from."""
    root = snapshots_root(settings)
    pointer = snapshots.pointer(root)
    named = (pointer.champion, *pointer.former) if pointer else ()
    known = {*snapshots.identifiers(root)}
    found = (snapshots.read(root, n.id).manifest for n in named if n.id in known)
    return {int(manifest.training["snapshot"]) for manifest in found}


@recorded("compact files")
@says_when_full
def compact_files(settings: Settings) -> Report:
    """Merge small files, and move rows that were replaced out of the catalog."""
    watch = Stopwatch()
    return Report("compact", None, compact(open_lake(settings)), (), watch.seconds)


@recorded("clean up")
@says_when_full
def clean_up(settings: Settings) -> Report:
    """Remove files that neither a state of the warehouse nor a backup needs, after a day."""
    watch = Stopwatch()
    made = backups(settings)
    needed = {file for backup in made for file in backup.files}
    oldest = made[0].made_at if made else datetime.now(UTC)
    lake = open_lake(settings)
    removed = remove_files(lake, needed, oldest, KEPT_S)
    return Report("clean up", None, {"files removed": len(removed)}, (), watch.seconds)


@recorded("check integrity")
@says_when_full
def check_integrity(settings: Settings) -> Report:
    """Seal the new files, and hold all files, rows and slices against what was written.

    Raises:
        NotFound: there is no warehouse.
        WarehouseDamaged: something is not; `gridlens doctor` tells all of it.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    lake = open_lake(settings)
    needed = {file for backup in backups(settings) for file in backup.files}
    with lake.locked():
        files = lake_files(lake.place.catalog)
        fresh = seal_files(settings.warehouse, files, needed)
    seen = (s for check in (*LAKE_CHECKS, *SLICE_CHECKS) for s in check(settings))
    wrong = [s for s in seen if isinstance(s, Finding)]
    if wrong:
        first = f"{wrong[0].where}: {wrong[0].what}"
        raise WarehouseDamaged(
            f"{len(wrong)} things are wrong, the first is {first}; `gridlens doctor` tells all, "
            "with the commands that mend it"
        )
    numbers: dict[str, int | float | str] = {"files": len(files), "newly sealed": fresh}
    return Report("check", None, numbers, (), watch.seconds)


# In this order: what the backup keeps is what was checked, and as small as it can be.
UPKEEP: Mapping[str, Callable[[Settings], Report]] = {
    "prune": prune,
    "expire": expire_states,
    "compact": compact_files,
    "clean-up": clean_up,
    "check": check_integrity,
    "back-up": back_up,
}

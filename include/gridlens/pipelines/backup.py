"""Backups of the warehouse's catalog, and the way back to one.

::

    backups/2025-04-09T030000.125000Z/catalog.sqlite     a consistent copy
    backups/2025-04-09T030000.125000Z/backup.json        its sha256, and the files that it needs

A backup copies the catalog only: the files that it needs are never changed, and stay where they
are for as long as the backup does. Upkeep removes no file that a kept backup names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from gridlens.disk import is_whole, publish, sha256_of, sync
from gridlens.errors import NotFound, WarehouseDamaged
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded
from gridlens.settings import Settings
from gridlens.warehouse import (
    Lake,
    check_catalog,
    copy_catalog,
    lake_files,
    log_ahead,
    number_after,
    present_state,
)

_NAME = "%Y-%m-%dT%H%M%S.%fZ"
_FACTS = "backup.json"
_CATALOG = "catalog.sqlite"
_DRAFT = ".draft-"
# What a restore puts aside; one is kept.
REPLACED = ".replaced"


@dataclass(frozen=True)
class Backup:
    """One backup.

    Attributes:
        name: when it was made, UTC; also the name of its folder.
        snapshot: the state of the warehouse that it brings back.
        sha256: of its copy of the catalog.
        files: data files that it needs, below the folder of the data.
        slices: slices that its raw views show, below the folder of the slices.
    """

    name: str
    snapshot: int
    sha256: str
    files: tuple[str, ...]
    slices: tuple[str, ...]

    @property
    def made_at(self) -> datetime:
        """When, in UTC."""
        return _time_of(self.name)


def backups(settings: Settings) -> list[Backup]:
    """All backups, the oldest first.

    Raises:
        WarehouseDamaged: what describes a backup is torn.
    """
    return [_read(path.parent) for path in sorted(settings.backups.glob(f"[0-9]*/{_FACTS}"))]


def _time_of(name: str) -> datetime:
    return datetime.strptime(name, _NAME).replace(tzinfo=UTC)


def _read(folder: Path) -> Backup:
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        lists = {name: tuple(facts[name]) for name in ("files", "slices")}
        found = Backup(**{**facts, **lists, "name": folder.name})
        _time_of(folder.name)  # a folder whose name is no time is none of ours
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseDamaged(
            f"the backup {folder} cannot be read ({error}): remove it, `rm -r {folder}`"
        ) from None
    return found


@recorded("back up")
@says_when_full
def back_up(settings: Settings) -> Report:
    """Copy the catalog, and remove the oldest backups but for those that are kept.

    The writer's lock is held, so that no file which the copy names is removed before the backup
    stands; it takes as long as copying the catalog. Nothing is copied for a state that the last
    backup has.

    Raises:
        NotFound: there is no warehouse.
        WarehouseDamaged: its catalog cannot be read; the older backups stay.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    lake = open_lake(settings)
    settings.backups.mkdir(parents=True, exist_ok=True)
    with lake.locked():
        for draft in settings.backups.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft)
        made = backups(settings)
        catalog = lake.place.catalog
        check_catalog(catalog)
        is_new = not made or not _is_of(settings, made[-1], catalog)
        if is_new:
            made.append(_write(settings, lake))
        for old in made[: -settings.keep_backups]:
            shutil.rmtree(settings.backups / old.name)
    numbers: dict[str, int | float | str] = {
        "made": int(is_new),
        "kept": min(len(made), settings.keep_backups),
        "files needed": len(made[-1].files),
    }
    return Report("back up", None, numbers, (str(settings.backups / made[-1].name),), watch.seconds)


def _is_of(settings: Settings, backup: Backup, catalog: Path) -> bool:
    """Whether the backup is whole and has the newest state of this catalog."""
    copy = settings.backups / backup.name / _CATALOG
    return _is_sound(settings, backup) and present_state(copy) == present_state(catalog)


def _write(settings: Settings, lake: Lake) -> Backup:
    name = datetime.now(UTC).strftime(_NAME)
    draft, folder = settings.backups / f"{_DRAFT}{name}", settings.backups / name
    draft.mkdir()
    copy = draft / _CATALOG
    copy_catalog(lake.place.catalog, copy)
    check_catalog(copy)
    made = Backup(
        name=name,
        snapshot=present_state(copy)[0],
        sha256=sha256_of(copy),
        files=tuple(file.path for file in lake_files(copy)),
        slices=tuple(sorted(lake.shown_slices())),
    )
    facts = asdict(made)
    del facts["name"]
    (draft / _FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    sync(copy)
    sync(draft / _FACTS)
    publish(draft, folder)
    return made


@says_when_full
def restore(settings: Settings, name: str | None = None) -> Report:
    """Put a backup's catalog in place of the present one, which stays beside it.

    What was loaded since is no longer shown; `gridlens settle` loads it again from the slices.
    States that are written from now on are numbered after all that the replaced catalog, if it
    can be read, and the backups have: no number ever means two states.

    Args:
        settings: where the warehouse is.
        name: of the backup; None: the newest that is whole.

    Raises:
        NotFound: there is no such backup.
        WarehouseDamaged: the backup is not what was written.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    lake = open_lake(settings)
    chosen = _chosen(settings, name)
    given = max(backup.snapshot for backup in backups(settings))
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    with lake.locked():
        catalog = lake.place.catalog
        draft = catalog.with_name(f".{_CATALOG}")
        shutil.copyfile(settings.backups / chosen.name / _CATALOG, draft)
        number_after(draft, max(given, _put_aside(catalog)))
        log_ahead(draft)
        # The catalog goes first: a log without it is never taken for that of the next one.
        _remove(_with_logs(catalog))
        publish(draft, catalog)
    data = lake.place.folder / "data"
    missing = sum(not (data / file).exists() for file in chosen.files)
    numbers: dict[str, int | float | str] = {
        "state": chosen.snapshot,
        "files": len(chosen.files),
        "files missing": missing,
    }
    steps = ("`gridlens mend`, then " if missing else "") + "`gridlens settle`"
    return Report(f"restore {chosen.name}", None, numbers, (f"next: {steps}",), watch.seconds)


def _put_aside(catalog: Path) -> int:
    """Keep the catalog as one whole file or, where it cannot be read, as it is with its logs.

    Returns:
        The number of its newest state; 0 where it cannot be told.
    """
    aside = catalog.with_name(catalog.name + REPLACED)
    draft = aside.with_name(f".{aside.name}")
    draft.unlink(missing_ok=True)
    try:
        check_catalog(catalog)
        copy_catalog(catalog, draft)
        newest, _ = present_state(draft)
    except (NotFound, WarehouseDamaged):
        draft.unlink(missing_ok=True)
        _put_aside_as_it_is(catalog, aside)
        return 0
    _remove(_with_logs(aside))
    publish(draft, aside)
    return newest


def _put_aside_as_it_is(catalog: Path, aside: Path) -> None:
    if catalog.exists():  # a restore that was killed may have put it aside already
        _remove(_with_logs(aside))
    for path, kept in zip(_with_logs(catalog), _with_logs(aside), strict=True):
        if path.exists():
            path.replace(kept)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _chosen(settings: Settings, name: str | None) -> Backup:
    known = {backup.name: backup for backup in backups(settings)}
    if not known:
        raise NotFound(
            f"there is no backup in {settings.backups}: move {settings.warehouse} away, then "
            "`gridlens settle` makes the warehouse anew from the slices"
        )
    if name is None:
        name = next((n for n in reversed(known) if _is_sound(settings, known[n])), max(known))
    if name not in known:
        raise NotFound(f"there is no backup '{name}': there are {', '.join(known)}")
    if not _is_sound(settings, known[name]):
        raise WarehouseDamaged(
            f"the backup {settings.backups / name} is not what was written: choose another of "
            f"{', '.join(known)}"
        )
    return known[name]


def _is_sound(settings: Settings, backup: Backup) -> bool:
    return is_whole(settings.backups / backup.name / _CATALOG, backup.sha256)


def damaged_backups(settings: Settings) -> Iterator[Path]:
    """Folders of backups that a restore would refuse."""
    for backup in backups(settings):
        if not _is_sound(settings, backup):
            yield settings.backups / backup.name


def _with_logs(catalog: Path) -> list[Path]:
    return [catalog, *(catalog.with_name(catalog.name + end) for end in ("-wal", "-shm"))]

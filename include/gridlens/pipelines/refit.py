"""A new model of the workload from beginning to verdict, and who draws from then on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gridlens.generator import snapshots
from gridlens.generator.engine import RECIPES, recipe
from gridlens.generator.judgement.score import value_of
from gridlens.generator.snapshots import Snapshot
from gridlens.generator.splits import Way
from gridlens.pipelines.gate import gate, snapshots_root
from gridlens.pipelines.judged import judgement_of
from gridlens.pipelines.refit_steps import SEED, WAY, fit, judge, prepare
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded
from gridlens.pipelines.training import POPULATION
from gridlens.settings import Settings
from gridlens.warehouse import writer_lock
from gridlens.window import Window

# The one that came out best of those without rows of real jobs in it; see docs/generator.md.
ENGINES = tuple(RECIPES)
DEFAULT_ENGINES = ("tree",)


def refit(
    settings: Settings,
    window: Window | None,
    engines: Sequence[str],
    *,
    population: str = POPULATION,
    way: Way = WAY,
    seed: int = SEED,
    snapshot: int | None = None,
    progress: Callable[[str], None] = print,
) -> list[str]:
    """Fit engines on the same rows, judge them, and keep each as a snapshot with its verdict.

    Arguments and errors are those of the steps; the champion stays who it is.

    Returns:
        The snapshots' ids, in the order of the engines.
    """
    for engine in engines:
        _ = recipe(engine).engine  # one that is not to be had is told of before anything is read
    told = prepare(settings, window, population=population, way=way, seed=seed, snapshot=snapshot)
    progress(told.summary())
    work = str(told.numbers["work"])
    ids = []
    for engine in engines:
        for step in (fit, judge, gate):
            told = step(settings, work, engine)
            progress(told.summary())
        ids.append(str(told.numbers["snapshot"]))
    return ids


@recorded("choose")
def choose(settings: Settings, ids: Sequence[str]) -> Report:
    """Of these snapshots the one to promote, if any has passed.

    One that holds no rows of real jobs comes before one that does; then the one that trees tell
    least from real rows.

    Returns:
        A report with the numbers ``snapshot`` (id, or ``none``: the champion stays), ``engine``
        and ``champion``; its notes are the reasons of every snapshot.

    Raises:
        NotFound: one of them is not there.
        SnapshotBroken: one of them, or the pointer, is not what was written.
    """
    watch = Stopwatch()
    root = snapshots_root(settings)
    found = [snapshots.read(root, id_) for id_ in ids]
    passed = [snapshot for snapshot in found if snapshot.manifest.passed]
    best = min(passed, key=_rank, default=None)
    now = snapshots.pointer(root)
    numbers = {"snapshot": best.id if best else "none"}
    numbers |= {"engine": best.manifest.engine} if best else {}
    numbers["champion"] = now.champion.id if now else "none"
    notes = tuple(note for snapshot in found for note in _told(snapshot))
    return Report("choose", None, numbers, notes, watch.seconds)


@recorded("promote")
def promote(settings: Settings, id_: str) -> Report:
    """Draw from this snapshot from now on.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotBroken: a file of it is not what was written.
        InputError: it did not pass the gate, or was held against another champion.
        WarehouseBusy: another process writes snapshots.
    """
    return _pointed("promote", settings, lambda root: snapshots.promote(root, id_))


@recorded("rollback")
def rollback(settings: Settings) -> Report:
    """Draw from the champion before this one again.

    Raises:
        NotFound: there is none before this one.
        SnapshotBroken: a file of it is not what was written; the champion stays.
        WarehouseBusy: another process writes snapshots.
    """
    return _pointed("rollback", settings, snapshots.rollback)


def _pointed(task: str, settings: Settings, point: Callable[[Path], Snapshot]) -> Report:
    watch = Stopwatch()
    root = snapshots_root(settings)
    root.mkdir(parents=True, exist_ok=True)
    with writer_lock(root.parent, settings.lock_timeout_s):
        before = snapshots.pointer(root)
        now = point(root)
    numbers = {"champion": now.id, "engine": now.manifest.engine}
    numbers["before"] = before.champion.id if before else "none"
    return Report(task, None, numbers, (), watch.seconds)


def _told(snapshot: Snapshot) -> Iterator[str]:
    verdict = "passed" if snapshot.manifest.passed else "did not pass"
    yield f"{snapshot.manifest.engine} ({snapshot.id}) {verdict}"
    yield from (f"{snapshot.manifest.engine}: {reason}" for reason in snapshot.manifest.reasons)


def _rank(snapshot: Snapshot) -> tuple[bool, float]:
    auc = value_of(judgement_of(snapshot.manifest.scores).engine, "two_sample_auc")
    is_real = recipe(snapshot.manifest.engine).engine.holds_real_rows
    return is_real, auc if math.isfinite(auc) else math.inf

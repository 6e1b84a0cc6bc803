"""Is a new model of the workload due: the first one, after a week, or when the grid has moved?"""

from __future__ import annotations

from gridlens.errors import NotFound
from gridlens.generator import snapshots
from gridlens.generator.judgement.drift import drifts
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded
from gridlens.pipelines.training import DAYS, TrainingSlice, latest_window, training_rows
from gridlens.settings import Settings
from gridlens.window import Day, Window

DRIFT_DAYS = 3  # about half a week, as the halves of the training days that limits come from
TOLD = 3
SEED = 1


def drift(settings: Settings, days: int = DRIFT_DAYS) -> Report:
    """Hold the jobs of the last whole days against those that the champion learned from.

    The latter are read again from the state of the warehouse that the champion's manifest names.

    Args:
        settings: where the warehouse and the snapshots are.
        days: how many of the last whole days.

    Returns:
        A report whose number ``drifted`` counts variables; its notes tell of these, the furthest
        first, or else of the three that are nearest to their limits.

    Raises:
        NotFound: there is no champion, there are not so many whole days in a row, or the warehouse
            has the champion's state no more.
        SnapshotBroken: the champion is not what was written.
    """
    watch = Stopwatch()
    champion = snapshots.champion(snapshots_root(settings))
    training = TrainingSlice.of(champion.manifest.training)
    window = latest_window(settings, days)
    learned, _ = training_rows(settings, training.window, training.population, training.snapshot)
    now, _ = training_rows(settings, window, training.population)
    found = drifts(now, learned, SEED)
    beyond = [one for one in found if one.excess > 1]
    numbers: dict[str, int | float | str] = {
        "days": str(window),
        "champion": champion.id,
        "drifted": len({one.variable for one in beyond}),
    }
    notes = tuple(one.says() for one in beyond or found[:TOLD])
    return Report("drift", None, numbers, notes, watch.seconds)


@recorded("refit due")
def refit_due(settings: Settings, days: int = DAYS) -> Report:
    """Whether to fit new models now.

    They are due as soon as there are enough whole days and nothing was fitted yet; when that many
    whole days have come since the days that were last fitted; and earlier, once a whole day has
    come, where the workload has drifted from what the champion learned. A model that failed its
    gate was fitted, too: it is not tried again on the same days.

    Args:
        settings: where the warehouse and the snapshots are.
        days: whole days that a model learns from, and after which the next one is due.

    Returns:
        A report whose number ``due`` is ``first``, ``weekly``, ``drift`` or ``no``; its notes say
        why.

    Raises:
        SnapshotBroken: the newest snapshot or the champion is not what was written.
    """
    watch = Stopwatch()
    try:
        due, notes = _due(settings, latest_window(settings, days), days)
    except NotFound as error:  # too few days: nothing is wrong, their time has not come
        due, notes = "no", (str(error),)
    return Report("refit due", None, {"due": due}, notes, watch.seconds)


def _due(settings: Settings, window: Window, days: int) -> tuple[str, tuple[str, ...]]:
    last = _last_fitted(settings)
    if last is None:
        return "first", (f"no model was fitted yet, and {window} are whole days",)
    new = (window.end.date - last.date).days
    if new >= days:
        return "weekly", (f"{new} days have become whole since the last fitted one ended",)
    if new <= 0:
        return "no", (f"the last model was fitted on days up to {last}: no later one is whole",)
    waiting = f"the last model was fitted on days up to {last}: {days - new} days to go"
    return _drifted(settings, waiting, min(days, DRIFT_DAYS))


def _drifted(settings: Settings, waiting: str, days: int) -> tuple[str, tuple[str, ...]]:
    try:
        told = drift(settings, days)
    except NotFound as error:  # no champion, or its state has expired
        return "no", (waiting, f"nothing is known of a drift: {error}")
    return ("drift", told.notes) if told.numbers["drifted"] else ("no", (waiting, *told.notes))


def _last_fitted(settings: Settings) -> Day | None:
    """The end of the days that the newest snapshot was fitted on, passed or not."""
    root = snapshots_root(settings)
    known = snapshots.identifiers(root)
    if not known:
        return None
    return TrainingSlice.of(snapshots.read(root, known[-1]).manifest.training).window.end

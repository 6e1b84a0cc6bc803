"""The steps of a new model of the workload before its gate: prepare, fit, judge; one a task."""

from __future__ import annotations

import resource
import shutil

from gridlens.errors import InputError
from gridlens.generator.arrivals import Arrivals
from gridlens.generator.engine import recipe
from gridlens.generator.splits import Split, Way, split
from gridlens.pipelines.judged import as_rows
from gridlens.pipelines.refit_folder import RefitFolder
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, recorded
from gridlens.pipelines.training import (
    POPULATION,
    latest_window,
    queue_speeds,
    training_rows,
)
from gridlens.settings import Settings
from gridlens.window import Window

WAY: Way = "time"
SEED = 1


@recorded("prepare")
def prepare(
    settings: Settings,
    window: Window | None = None,
    *,
    population: str = POPULATION,
    way: Way = WAY,
    seed: int = SEED,
    snapshot: int | None = None,
) -> Report:
    """Read the training rows, split them, and learn when jobs arrive.

    Args:
        settings: where the warehouse is.
        window: days on which the jobs ended; None: the last seven whole ones.
        population: ``user``, ``production`` or ``all`` jobs.
        way: of the split.
        seed: of the split, of fitting and of drawing.
        snapshot: state of the warehouse to read; None: the present one.

    Returns:
        A report whose number ``work`` names this refit to the next steps.

    Raises:
        NotFound: days are missing, or there are not yet seven whole ones in a row.
        InputError: too few jobs to split.
    """
    watch = Stopwatch()
    window = window or latest_window(settings)
    rows, training = training_rows(settings, window, population, snapshot)
    parts = split(rows, way, seed)
    _require_rows(parts, window)
    folder = RefitFolder.make(settings, training, way, seed, parts)
    (folder.shared / "arrivals").mkdir()
    # of all days: the last hours of a window are as much a part of its rhythm as the first
    Arrivals.fit(rows).of_kinds(parts.train).save(folder.shared / "arrivals")
    folder.write("shared/speeds.json", queue_speeds(settings, training))
    folder.finish()
    note(rows_in=len(rows), fingerprint=training.fingerprint)
    numbers: dict[str, int | float | str] = {"work": folder.name, "days": str(window)}
    numbers |= {"jobs": len(rows), "to learn from": len(parts.train)}
    return Report("prepare", None, numbers, (), watch.seconds)


@recorded("fit {engine}")
def fit(settings: Settings, work: str, engine: str) -> Report:
    """Fit one engine on the training rows.

    Raises:
        SettingsError: there is no such engine, or its extra is not installed.
        InputError: it cannot learn from so few rows.
        NotFound: nothing of that name was prepared.
    """
    folder = RefitFolder.of(settings, work)
    made, train = recipe(engine), folder.train
    watch = Stopwatch()
    fitted = made.fit(train, folder.seed)
    fit_s = watch.seconds
    target = folder.fitted(engine)
    shutil.rmtree(target.parent, ignore_errors=True)  # of an attempt before this one
    target.mkdir(parents=True)
    fitted.save(target)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = {"fit_s": fit_s, "peak_mb": peak_mb, "snapshot_bytes": size}
    folder.write(f"{engine}/cost.json", cost)
    note(rows_in=len(train), bytes=size, fingerprint=folder.training.fingerprint)
    numbers: dict[str, int | float | str] = {"engine": engine, "rows": len(train), "bytes": size}
    return Report("fit", None, numbers, (), watch.seconds)


@recorded("judge {engine}")
def judge(settings: Settings, work: str, engine: str) -> Report:
    """Draw as many jobs as there are validation rows, and score them beside both anchors.

    Times are those that `gridlens generate` delivers: drawn by the arrivals, for the same days.

    Raises:
        NotFound: the engine was not fitted in this refit.
    """
    # Learning judges are heavy; only this step needs them.
    from gridlens.generator.judgement.distributions import distributions, statistics
    from gridlens.generator.judgement.judge import judge_engine

    folder = RefitFolder.of(settings, work)
    cost = folder.read(f"{engine}/cost.json")
    parts = folder.parts
    fitted = recipe(engine).engine.load(folder.fitted(engine))
    watch = Stopwatch()
    drawn = fitted.sample(len(parts.validation), folder.seed)
    cost["sample_s"] = watch.seconds
    arrivals = Arrivals.load(folder.shared / "arrivals")
    arrived = arrivals.sample(folder.training.window, folder.seed)
    scores = as_rows(judge_engine(drawn, parts, folder.seed, arrived), cost)
    folder.write(f"{engine}/scores.json", scores)
    pictured = {
        "generator_distributions": distributions(drawn, parts.train).to_pylist(),
        "generator_statistics": statistics(parts).to_pylist(),
    }
    folder.write(f"{engine}/pictured.json", pictured)
    note(rows_in=len(parts.validation), rows_out=len(drawn))
    numbers: dict[str, int | float | str] = {
        "engine": engine,
        "rows": len(drawn),
        "scores": len(scores["engine"]),
    }
    return Report("judge", None, numbers, (), watch.seconds)


def _require_rows(parts: Split, window: Window) -> None:
    empty = [name for name, part in vars(parts).items() if not len(part)]
    if empty:
        raise InputError(
            f"the jobs that ended in {window} leave no {empty[0]} rows: choose more days, or "
            "another split where few tasks have all the jobs"
        )

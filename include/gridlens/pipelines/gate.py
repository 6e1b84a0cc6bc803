"""May a new model take the champion's place: its verdict, kept with it as a snapshot."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from gridlens.generator import snapshots
from gridlens.generator.engine import RECIPES
from gridlens.generator.judgement.card import Subject, card
from gridlens.generator.judgement.gate import Verdict, decide
from gridlens.generator.judgement.score import Judgement
from gridlens.generator.snapshots import Manifest, Snapshot
from gridlens.matching import V1
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.judged import judgement_of, warehouse_rows
from gridlens.pipelines.models import models
from gridlens.pipelines.refit_folder import RefitFolder
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, recorded, write
from gridlens.settings import Settings
from gridlens.warehouse import writer_lock

CARD = "card.md"
PACKAGES = ("gridlens", "duckdb", "faiss-cpu", "numpy", "pyarrow", "scikit-learn", "scipy")


@recorded("gate {engine}")
def gate(settings: Settings, work: str, engine: str) -> Report:
    """Hold an engine's scores against its limits, and keep it as a snapshot, passed or not.

    A snapshot that failed stays as evidence until newer ones take its place. Scores and verdict
    go into the warehouse.

    Returns:
        A report with the numbers ``snapshot`` (id) and ``verdict``; its notes are the reasons.

    Raises:
        NotFound: the engine was not judged in this refit.
        SnapshotBroken: the champion, which it is held against, is not what was written.
        WarehouseBusy: another process writes snapshots, or to the warehouse.
    """
    watch = Stopwatch()
    folder = RefitFolder.of(settings, work)
    scores = folder.read(f"{engine}/scores.json")
    root = snapshots_root(settings)
    with writer_lock(settings.generator, settings.lock_timeout_s):
        champion = snapshots.champion(root) if snapshots.pointer(root) else None
        judgement = judgement_of(scores)
        best = judgement_of(champion.manifest.scores) if champion else None
        verdict = decide(engine, judgement, best)
        now = datetime.now(UTC).replace(tzinfo=None)
        facts = Manifest(
            created_at=now.isoformat(timespec="seconds"),
            engine=engine,
            options=RECIPES[engine].options,
            holds_real_rows=RECIPES[engine].engine.holds_real_rows,
            seed=folder.seed,
            split=folder.way,
            training=folder.training.as_dict(),
            versions=_versions(),
            scores=scores,
            passed=verdict.passed,
            reasons=verdict.reasons,
            champion=champion.id if champion else None,
        )
        fill = partial(_fill, folder, facts, judgement, verdict)
        snapshot = snapshots.write(root, facts, fill, now)
        _record(settings, snapshot, folder.read(f"{engine}/pictured.json"))
        snapshots.tidy(root)
    numbers = {"snapshot": snapshot.id, "verdict": "passed" if verdict.passed else "failed"}
    return Report(f"gate {engine}", None, numbers, verdict.reasons, watch.seconds)


def snapshots_root(settings: Settings) -> Path:
    """Folder of all snapshots."""
    return settings.generator / "snapshots"


def _fill(
    folder: RefitFolder, facts: Manifest, judgement: Judgement, verdict: Verdict, draft: Path
) -> None:
    """Copy the fitted engine into a draft of the snapshot, with its card and the shared files."""
    shutil.copytree(folder.fitted(facts.engine), draft / "engine")
    shutil.copytree(folder.shared, draft, dirs_exist_ok=True)
    subject = Subject(
        engine=facts.engine,
        meaning=RECIPES[facts.engine].meaning,
        options=facts.options,
        training=facts.training,
        split=facts.split,
        seed=facts.seed,
        holds_real_rows=facts.holds_real_rows,
    )
    (draft / CARD).write_text(card(subject, judgement, verdict), encoding="utf-8")


def _record(
    settings: Settings, snapshot: Snapshot, pictured: Mapping[str, list[dict[str, Any]]]
) -> None:
    """Bring the snapshot's scores and pictures' rows into the warehouse, in one transaction."""
    lake = open_lake(settings)
    lake.initialise(models(V1).values())
    drawn = {
        table: [{"snapshot_id": snapshot.id, **row} for row in rows]
        for table, rows in pictured.items()
    }
    rows = {**warehouse_rows(snapshot), **drawn}
    note(rows_out=sum(map(len, rows.values())), fingerprint=snapshot.id)
    write(settings, lake, raw_rows=rows)


def _versions() -> dict[str, str]:
    """Of all that the numbers depend on; the generator's own code by its text."""
    code = hashlib.sha256()
    for path in sorted(Path(str(files("gridlens.generator"))).rglob("*.py")):
        code.update(path.read_bytes())
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "generator's code": f"sha256:{code.hexdigest()}",
    }

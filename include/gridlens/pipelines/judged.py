"""Scores as they stand in JSON files and in the warehouse: plain rows, None where no number is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from gridlens.generator.judgement.score import Judgement, Score, score
from gridlens.generator.snapshots import Snapshot

Rows: TypeAlias = dict[str, list[list[Any]]]


def as_rows(judgement: Judgement, cost: Mapping[str, float]) -> Rows:
    """A judgement, and what the engine has cost, as lists of ``[family, metric, variable, value]``.

    Args:
        judgement: of an engine and its anchors.
        cost: value by metric.
    """
    costs = tuple(score(metric, value) for metric, value in sorted(cost.items()))
    judged = {**vars(judgement), "engine": (*judgement.engine, *costs)}
    return {name: [_row(s) for s in scores] for name, scores in judged.items()}


def judgement_of(rows: Mapping[str, list[list[Any]]]) -> Judgement:
    """Read what ``as_rows`` gave."""
    return Judgement(**{name: tuple(map(_score, scores)) for name, scores in rows.items()})


def warehouse_rows(snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
    """Rows of raw.generator_snapshots and raw.generator_scores for one snapshot."""
    told, training = snapshot.manifest, snapshot.manifest.training
    return {
        "generator_snapshots": [
            {
                "snapshot_id": snapshot.id,
                "created_at": datetime.fromisoformat(told.created_at),
                "engine": told.engine,
                "seed": told.seed,
                "split": told.split,
                "trained_from": date.fromisoformat(training["first"]),
                "trained_to": date.fromisoformat(training["end"]),
                "population": training["population"],
                "training_rows": training["rows"],
                "lake_snapshot": training["snapshot"],
                "fingerprint": training["fingerprint"],
                "verdict": "passed" if told.passed else "failed",
                "reasons": json.dumps(told.reasons),
                "champion": told.champion,
                "versions": json.dumps(told.versions),
            }
        ],
        "generator_scores": [
            dict(zip(_COLUMNS, (snapshot.id, judged, *row), strict=True))
            for judged, rows in told.scores.items()
            for row in rows
        ],
    }


_COLUMNS = ("snapshot_id", "judged", "family", "metric", "variable", "value")


def _row(given: Score) -> list[Any]:
    value = given.value if math.isfinite(given.value) else None
    return [given.family, given.metric, given.variable, value]


def _score(row: list[Any]) -> Score:
    family, metric, variable, value = row
    return Score(family, metric, variable, math.nan if value is None else value)

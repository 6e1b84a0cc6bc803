"""Figures of the generator draw all variables, and what no axis has a place for."""

from __future__ import annotations

from datetime import date
from typing import Any

from gridlens.charts import FIGURES, specification, svg
from gridlens.window import Day

COUNT = {"variable": "ninputdatafiles", "kind": "count", "category": None}
SITE = {"variable": "computingsite", "kind": "category", "low": None, "high": None}
EARLIER, LATER = Day.parse("2025-04-02").start, Day.parse("2025-04-09").start
SCORE = {
    "snapshot_id": "a",
    "created_at": LATER,
    "engine": "tree",
    "split": "time",
    "last_day": date(2025, 4, 8),
    "training_rows": 1000,
    "family": "privacy",
    "metric": "copies",
    "variable": "",
    "value": 0.0312,
    "holdout_value": 0.026,
    "bootstrap_value": 0.972,
}


def shares(training: float, drawn: float) -> dict[str, float]:
    return {"training_ratio": training, "drawn_ratio": drawn}


def drawn(name: str, *rows: dict[str, Any]) -> str:
    return svg(FIGURES[name].chart(rows))


def test_every_variable_has_a_panel_and_zeros_and_missing_values_are_told_above_it() -> None:
    picture = drawn(
        "generator_distributions",
        {**SITE, "bin": 0, "category": "CERN", **shares(0.9, 0.8)},
        {**SITE, "bin": -3, "category": None, **shares(0.1, 0.2)},
        {**COUNT, "bin": -1, "low": None, "high": None, **shares(0.05, 0.04)},
        {**COUNT, "bin": 4, "low": 10.0, "high": 17.8, **shares(0.95, 0.96)},
    )
    assert "CERN" in picture
    assert "all others: 10.0%, 20.0% drawn" in picture
    assert "ninputdatafiles" in picture
    assert "zero: 5.0%, 4.0% drawn" in picture


def test_a_variable_that_is_never_known_has_an_empty_panel() -> None:
    row = {**COUNT, "bin": -2, "low": None, "high": None, **shares(1.0, 1.0)}
    assert "missing: 100.0%, 100.0% drawn" in drawn("generator_distributions", row)


def test_the_parts_of_a_split_are_told_with_their_sizes() -> None:
    row = {"split": "task", "variable": "datatype", "missing_jobs": 300, "distinct_values": 0}
    picture = drawn(
        "generator_statistics",
        {**row, "part": "train", "jobs": 600},
        {**row, "part": "validation", "jobs": 200, "missing_jobs": 0},
        {**row, "part": "test", "jobs": 200, "missing_jobs": 0},
    )
    assert "1,000 jobs, split by task" in picture
    assert "train: 600" in picture
    assert "0; 50.0% missing" in picture


def test_the_newest_scores_of_an_engine_stand_beside_both_anchors() -> None:
    older = {**SCORE, "snapshot_id": "o", "created_at": EARLIER, "value": 0.5}
    picture = drawn("generator_scores", older, SCORE)
    assert all(number in picture for number in ("0.0312", "0.026", "0.972"))
    assert ">0.5<" not in picture


def test_engines_that_learned_other_rows_than_the_last_are_left_out() -> None:
    other = {**SCORE, "snapshot_id": "o", "created_at": EARLIER}
    picture = drawn("generator_scores", {**other, "engine": "copula", "training_rows": 9}, SCORE)
    assert "copula" not in picture
    assert "copula" in drawn("generator_scores", {**other, "engine": "copula"}, SCORE)


def test_a_score_that_is_unknown_is_an_empty_cell_and_better_than_real_is_not_dark() -> None:
    row = {**SCORE, "value": 0.01}
    unknown = {**SCORE, "metric": "fit_s", "family": "cost", "holdout_value": None, "value": None}
    cells = specification(FIGURES["generator_scores"].chart([row, unknown]))["data"]
    assert [c["apart"] for c in cells["values"] if c["judged"] == "tree"] == [0, 0]
    assert "null" not in drawn("generator_scores", row, {**unknown, "bootstrap_value": None})

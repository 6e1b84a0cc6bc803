"""Figures of access, failures and completeness draw what is unknown, zero or absent."""

from __future__ import annotations

from typing import Any

from gridlens.charts import FIGURES, specification, svg

UNKNOWN_BYTES = {
    "way": "replicas",
    "site": "CERN-PROD",
    "local_bytes": 0,
    "remote_bytes": 0,
    "unknown_bytes": 5_000_000_000_000,
    "remote_bytes_ratio": None,
}
FIELD = {
    "day": "2025-04-01",
    "table_name": "files",
    "kind": "input",
    "field": "fsize",
    "rows": 10,
    "present": 10,
    "present_ratio": 1.0,
}


def drawn(name: str, *rows: dict[str, Any]) -> str:
    return svg(FIGURES[name].chart(rows))


def test_a_site_of_which_nothing_is_known_has_its_bytes_and_no_share() -> None:
    picture = drawn("remote_access", UNKNOWN_BYTES, {**UNKNOWN_BYTES, "site": "Total"})
    assert "CERN-PROD" in picture
    assert "Total" not in picture
    assert "%" not in picture
    assert "null" not in picture


def test_a_site_without_known_io_is_drawn() -> None:
    site = {"site": "UNKNOWN", "mean_cores": 1.0, "cpu_efficiency": None}
    picture = drawn("site_utilisation", {**site, "read_bytes_per_job": None})
    assert "UNKNOWN" in picture
    assert "null" not in picture


def test_fields_that_are_always_there_need_no_lines() -> None:
    assert "no field is ever missing" in drawn("field_completeness", FIELD)
    assert "files: input" in drawn("field_completeness", {**FIELD, "present_ratio": 0.9,
                                                          "present": 9})  # fmt: skip


def test_scores_that_nothing_was_predicted_for_are_drawn_empty() -> None:
    row = {"model": "naive Bayes", "auc": None, "brier": None, "log_loss": None}
    picture = drawn("failure_predictor_scores", row)
    assert "naive Bayes" in picture
    assert "null" not in picture


def test_a_lift_interval_that_reaches_zero_stands_on_a_logarithmic_scale() -> None:
    row = {
        "failure_mode": "pilot 1305",
        "factor": "site",
        "value": "BAD",
        "jobs": 100,
        "failed_jobs": 1,
        "lift": 0.5,
        "lift_low": 0.0,
        "lift_high": 2.0,
    }
    assert "1 of 100" in drawn("failure_factors", row)
    assert "log" in str(specification(FIGURES["failure_factors"].chart([row])))

"""The predictions' scores are those that a few lines of Python give, job by job."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import Row, Types, ask

FEATURES = ("site", "size_bin", "workinggroup", "processingtype", "corecount")
JOB = st.fixed_dictionaries(
    {
        "site": st.sampled_from(["A", "B", None]),
        "size_bin": st.sampled_from(["s", "t"]),
        "workinggroup": st.sampled_from(["g", "h"]),
        "processingtype": st.just("p"),
        "corecount": st.sampled_from([1, 8]),
        "is_failed": st.booleans(),
    }
)
JOBS = st.lists(JOB, min_size=1, max_size=12)


@settings(max_examples=20, deadline=None)
@given(past=JOBS, future=JOBS)
def test_scores_are_means_over_jobs_and_pairs_of_jobs(
    past: list[Row], future: list[Row], column_types: Mapping[str, Types]
) -> None:
    jobs = [*(dated(job, 1, 1) for job in past), *(dated(job, 2, 2) for job in future)]
    found = ask(
        "mart.failure_predictions_score",
        {"mart.job_factors": jobs},
        column_types,
        window=("2025-04-01", "2025-04-03"),
        train_share="0.5",
    )
    predictions = {
        "naive Bayes": [bayes(job, past) for job in future],
        "site rate": [site_rate(job, past) for job in future],
        "overall rate": [rate(past) for _ in future],
    }
    outcomes = [job["is_failed"] for job in future]
    for row in found:
        predicted = predictions[row["model"]]
        assert row["auc"] == pytest.approx(auc(predicted, outcomes), abs=1e-6)
        assert row["brier"] == pytest.approx(
            mean([(p - o) ** 2 for p, o in zip(predicted, outcomes, strict=True)]), abs=1e-6
        )
        assert row["log_loss"] == pytest.approx(
            mean([-math.log(p if o else 1 - p) for p, o in zip(predicted, outcomes, strict=True)]),
            abs=1e-6,
        )


def dated(job: Row, task: int, day: int) -> Row:
    return job | {
        "jeditaskid": task,
        "is_user_job": True,
        "job_day": f"2025-04-0{day}",
        "creationtime": f"2025-04-0{day} 01:00:00",
        "endtime": f"2025-04-0{day} 02:00:00",
    }


def rate(jobs: Sequence[Row]) -> float:
    return (sum(job["is_failed"] for job in jobs) + 1) / (len(jobs) + 2)


def site_rate(job: Row, past: Sequence[Row]) -> float:
    same = [other for other in past if other["site"] == job["site"]]
    return rate(same or past)


def bayes(job: Row, past: Sequence[Row]) -> float:
    """Probability of failure: the prior, times that of each feature among jobs that end alike."""
    weights = {}
    for end in (True, False):
        alike = [other for other in past if other["is_failed"] is end]
        weights[end] = len(alike) + 1.0
        for feature in FEATURES:
            values = {other[feature] for other in past}
            same = sum(other[feature] == job[feature] for other in alike)
            weights[end] *= (same + 1) / (len(alike) + len(values) + 1)
    return weights[True] / (weights[True] + weights[False])


def auc(predicted: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    failed = [p for p, o in zip(predicted, outcomes, strict=True) if o]
    finished = [p for p, o in zip(predicted, outcomes, strict=True) if not o]
    wins = [
        0.5 if math.isclose(a, b, abs_tol=1e-9) else float(a > b) for a in failed for b in finished
    ]
    return mean(wins) if wins else None


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

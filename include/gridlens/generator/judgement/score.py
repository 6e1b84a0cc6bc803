"""What a judge says: one number a score, and what each number means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Family = Literal["fidelity", "usefulness", "privacy", "time", "logic", "cost"]


@dataclass(frozen=True)
class Score:
    """One number about a drawn workload.

    Attributes:
        family: the question that it answers.
        metric: a name of ``METRICS``.
        variable: the variable or rule that it is about; empty: the whole workload.
        value: the number; NaN where it could not be computed.
    """

    family: Family
    metric: str
    variable: str
    value: float


@dataclass(frozen=True)
class Judgement:
    """Scores of a drawn workload beside those of two anchors with as many rows.

    Attributes:
        engine: of what the engine drew.
        holdout: of real rows that it never saw: as good as it gets.
        bootstrap: of training rows drawn again: the worst leak.
    """

    engine: tuple[Score, ...]
    holdout: tuple[Score, ...]
    bootstrap: tuple[Score, ...]


@dataclass(frozen=True)
class Metric:
    """A metric's family, its ideal value and its meaning.

    Attributes:
        family: the question that it answers.
        ideal: what it is for a perfect generator.
        meaning: one sentence, with its unit.
    """

    family: Family
    ideal: float
    meaning: str


METRICS: Mapping[str, Metric] = {
    "wasserstein": Metric(
        "fidelity", 0, "Wasserstein distance of log1p values, as a share of the training range."
    ),
    "jensen_shannon": Metric(
        "fidelity", 0, "Jensen-Shannon distance of a category's shares, base 2, 0 to 1."
    ),
    "zero_share": Metric("fidelity", 0, "Difference between the shares of zeros."),
    "missing_share": Metric("fidelity", 0, "Difference between the shares of missing values."),
    "association": Metric(
        "fidelity", 0, "Mean difference between the associations of two variables, 0 to 1."
    ),
    "coverage": Metric(
        "fidelity", 1, "Share of training rows whose category was drawn at least once."
    ),
    "two_sample_auc": Metric(
        "fidelity", 0.5, "AUC of a classifier that tells drawn rows from real ones it never saw."
    ),
    "status_f1": Metric(
        "usefulness", 1, "Macro F1 of the job status on real rows, learned from drawn ones."
    ),
    "status_f1_loss": Metric(
        "usefulness", 0, "What F1 is lost against learning from as many real rows."
    ),
    "workload_r2": Metric(
        "usefulness", 1, "R2 of the log workload on real rows, learned from drawn ones."
    ),
    "workload_r2_loss": Metric(
        "usefulness", 0, "What R2 is lost against learning from as many real rows."
    ),
    "nearer_to_training": Metric(
        "privacy", 0.5, "Share of drawn rows nearer to a training row than to an unseen real one."
    ),
    "copies": Metric("privacy", 0, "Share of drawn rows that are a training row, to 0.001."),
    "membership_auc": Metric(
        "privacy", 0.5, "AUC of an attack that tells training rows by the nearest drawn row."
    ),
    "hourly_wasserstein": Metric(
        "time", 0, "Wasserstein distance of the jobs an hour, over their mean."
    ),
    "dispersion_1h": Metric("time", 1, "Index of dispersion of jobs an hour, over the real one."),
    "dispersion_6h": Metric("time", 1, "The same of six hours."),
    "dispersion_24h": Metric("time", 1, "The same of a day."),
    "autocorrelation": Metric(
        "time", 0, "Mean difference between the autocorrelations of jobs an hour."
    ),
    "week_profile": Metric(
        "time", 0, "Half the summed difference between the shares of the hours of a week, 0 to 1."
    ),
    "busiest_hours": Metric("time", 1, "99th percentile of the jobs an hour, over the real one."),
    "broken_rules": Metric(
        "logic", 0, "Share of rows that break a rule that no training row breaks."
    ),
    "unseen_tuples": Metric(
        "logic", 0, "Share of rows whose project, step and data type are together in no real row."
    ),
    "fit_s": Metric("cost", 0, "Seconds to fit."),
    "sample_s": Metric("cost", 0, "Seconds to draw."),
    "peak_mb": Metric("cost", 0, "Largest memory of the process until it was fitted, in MB."),
    "snapshot_bytes": Metric("cost", 0, "Size of what was saved."),
}


def score(metric: str, value: float, variable: str = "") -> Score:
    """A score of a metric's own family."""
    return Score(METRICS[metric].family, metric, variable, float(value))


def value_of(scores: tuple[Score, ...], metric: str, variable: str = "") -> float:
    """The value of that metric; NaN where there is no such score."""
    found = (s.value for s in scores if (s.metric, s.variable) == (metric, variable))
    return next(found, math.nan)

"""Who may pass: real rows may, copies and rows that hang together in no way may not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from workloads import grid

from gridlens.generator.judgement.card import Subject, card
from gridlens.generator.judgement.gate import Verdict, decide, limits
from gridlens.generator.judgement.judge import judge, judge_engine
from gridlens.generator.judgement.score import METRICS, Judgement, Score, score, value_of
from gridlens.generator.splits import Split, split

METRIC_NAMES = [limit.metric for limit in limits("tree")]


@pytest.fixture(scope="module")
def parts() -> Split:
    return split(grid(3000), "random", 1)


@pytest.fixture(scope="module")
def real(parts: Split) -> Judgement:
    """Unseen real rows as if an engine had drawn them."""
    return judge_engine(parts.validation, parts, 1)


@pytest.fixture(scope="module")
def shuffled(parts: Split, real: Judgement) -> Judgement:
    """Every variable as it should be, and none tied to another."""
    rng = np.random.default_rng(1)
    rows = parts.train.slice(0, len(parts.validation)).drop_columns(["jeditaskid"])
    columns = {n: rows.column(n).take(rng.permutation(len(rows))) for n in rows.column_names}
    return replace(real, engine=judge(pa.table(columns), parts.train, parts.test, 1))


@pytest.fixture(scope="module")
def leak(real: Judgement) -> Judgement:
    return replace(real, engine=real.bootstrap)


def told(value: float, holdout: float, leak: float = 1.0, metric: str = "copies") -> Judgement:
    """A judgement where one metric has these values, and all others are at their ideal."""
    ideal = {name: METRICS[name].ideal for name in METRIC_NAMES}
    engine, real, copy = (
        tuple(score(name, n) for name, n in {**ideal, **of, metric: number}.items())
        for number, of in ((value, {}), (holdout, {}), (leak, {"copies": 1.0}))
    )
    return Judgement(engine, real, copy)


def test_columns_that_were_shuffled_are_kept_out_with_reasons(shuffled: Judgement) -> None:
    verdict = decide("independent", shuffled)
    assert not verdict.passed
    broken = {reason.split()[0] for reason in verdict.reasons}
    assert broken >= {"association", "workload_r2_loss", "broken_rules", "unseen_tuples"}


@pytest.mark.parametrize("engine", ["tree", "smote", "bootstrap"])
def test_training_rows_drawn_again_are_kept_out_as_a_leak(engine: str, leak: Judgement) -> None:
    verdict = decide(engine, leak)
    assert not verdict.passed
    assert {reason.split()[0] for reason in verdict.reasons} >= {"copies", "membership_auc"}


def test_unseen_real_rows_pass_and_every_limit_says_why(real: Judgement) -> None:
    verdict = decide("tree", real)
    assert verdict.passed
    assert [reason.split()[0] for reason in verdict.reasons] == METRIC_NAMES


def test_real_rows_are_the_most_faithful_and_copies_the_least_private(
    real: Judgement, shuffled: Judgement
) -> None:
    for metric in ("association", "two_sample_auc", "workload_r2_loss", "unseen_tuples"):
        assert value_of(real.holdout, metric) < value_of(shuffled.engine, metric)
    for metric in ("copies", "membership_auc", "nearer_to_training"):
        kept = (value_of(real.holdout, metric), value_of(shuffled.engine, metric))
        assert max(kept) < value_of(real.bootstrap, metric)


@pytest.mark.parametrize("metric", METRIC_NAMES)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_passes_nothing(metric: str, value: float) -> None:
    verdict = decide("tree", told(value, 0.5, metric=metric))
    assert not verdict.passed
    assert any(metric in reason for reason in verdict.reasons)


def test_a_score_that_is_missing_passes_nothing() -> None:
    nothing = Judgement((), (), ())
    assert len(decide("tree", nothing).reasons) == len(METRIC_NAMES) + 1


def test_judges_who_do_not_see_a_leak_let_nothing_pass() -> None:
    verdict = decide("tree", told(0.0, 0.0, leak=0.0))
    assert verdict.reasons == (
        "copies is 0 of training rows drawn again, where it must be 1: the judges do not see a "
        "leak in these rows",
    )


def test_the_reason_has_the_value_the_limit_and_where_it_is_from() -> None:
    verdict = decide("tree", told(0.05, 0.02))
    assert verdict.reasons == (
        "copies is 0.05, above 0.04 (unseen real rows have 0.02); wanted: "
        "no training rows come back; real rows have a few twins too",
    )


def test_interpolated_rows_may_lie_nearer_to_training_rows_than_those_of_trees() -> None:
    judgement = told(0.77, 0.5, 0.9, metric="membership_auc")
    assert not decide("tree", judgement).passed
    assert decide("smote", judgement).passed
    assert not decide("smote", told(0.79, 0.5, 0.9, metric="membership_auc")).passed


def test_a_champion_as_good_lets_pass_what_the_anchor_alone_would_not() -> None:
    challenger, champion = (told(n, 0.01, metric="wasserstein") for n in (0.05, 0.045))
    assert not decide("tree", challenger).passed
    assert decide("tree", challenger, champion).passed
    worse = told(0.06, 0.01, metric="wasserstein")
    assert (
        decide("tree", worse, champion)
        .reasons[0]
        .startswith("wasserstein is 0.06, above 0.05625 (the champion has 0.045)")
    )


def test_no_limit_asks_for_more_than_real_rows_reach() -> None:
    assert decide("tree", told(0.9, 0.9, metric="coverage")).passed
    assert not decide("tree", told(0.89, 0.9, metric="coverage")).passed


SUBJECT = Subject(
    engine="smote",
    meaning="SMOTE-NC between neighbours",
    options={"mode": "draw"},
    training={"days": "2025-04-01..2025-04-08", "rows": 1800},
    split="task",
    seed=7,
    holds_real_rows=True,
)


def test_a_card_says_plainly_that_real_rows_are_inside() -> None:
    text = card(SUBJECT, told(0.05, 0.02), Verdict(False, ("copies is 0.05, above 0.04",)))
    assert "contains real rows of the training window: treat it as restricted data" in text
    assert "no differential privacy" in text
    assert "a lower bound of the risk" in text
    assert "did not pass the gate" in text
    assert "- copies is 0.05, above 0.04" in text
    assert "| options | mode = draw |" in text


def test_a_card_of_trees_does_not_claim_to_be_anonymised_either() -> None:
    text = card(replace(SUBJECT, holds_real_rows=False), told(0, 0), Verdict(True, ()))
    assert "treat it as restricted" not in text
    assert "It is not anonymised" in text
    assert "the real tasks of the window, test rows included" in text


def test_a_card_has_each_score_beside_both_anchors() -> None:
    judgement = Judgement(
        (Score("privacy", "copies", "", 0.05), Score("logic", "broken_rules", "a|b", 0.0)),
        (Score("privacy", "copies", "", 0.0263),),
        (Score("privacy", "copies", "", 0.9721),),
    )
    text = card(SUBJECT, judgement, Verdict(True, ()))
    assert "| privacy | copies | all | 0.05 | 0.0263 | 0.9721 | 0 |" in text
    assert "| logic | broken_rules | a\\|b | 0 |  |  | 0 |" in text

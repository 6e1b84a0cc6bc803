"""A model card: what a snapshot is, how good it is, and what it must not be used for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridlens.generator.judgement.gate import Verdict
from gridlens.generator.judgement.score import METRICS, Judgement, Score, value_of

_REAL_ROWS = (
    "**This snapshot contains real rows of the training window: treat it as restricted data, it is "
    "not anonymised.**"
)
_NO_REAL_ROWS = (
    "The engine contains no rows of the training window as such; single values, rare categories "
    "and extremes are those of real jobs. It is not anonymised."
)
_REAL_TASKS = (
    "**Beside any engine stand the real tasks of the window, test rows included: of each its "
    "categories, and how many seconds after its first job each of its jobs was made (folder "
    "`arrivals`).** Ids and dates are left out."
)
_RISK = (
    "There is no differential privacy. The membership inference that was measured is the simplest "
    "attack, by distance: a lower bound of the risk. Drawn rows may resemble real jobs closely."
)


@dataclass(frozen=True)
class Subject:
    """What a card is about.

    Attributes:
        engine: its name.
        meaning: what it does, in a sentence.
        options: that it was fitted with.
        training: facts of the training rows: days, rows, state of the warehouse, fingerprint.
        split: how training, validation and test rows were cut.
        seed: of fitting and drawing.
        holds_real_rows: the saved engine contains rows of the training table.
    """

    engine: str
    meaning: str
    options: Mapping[str, Any]
    training: Mapping[str, Any]
    split: str
    seed: int
    holds_real_rows: bool


def card(subject: Subject, judgement: Judgement, verdict: Verdict) -> str:
    """The card as Markdown: privacy first, then the verdict, then every score beside anchors."""
    parts = [
        f"# Model card: {subject.engine}",
        f"{subject.meaning[:1].upper()}{subject.meaning[1:]}.",
        "## Privacy",
        _REAL_ROWS if subject.holds_real_rows else _NO_REAL_ROWS,
        _REAL_TASKS,
        _RISK,
        "## Verdict",
        "It passed the gate." if verdict.passed else "**It did not pass the gate.**",
        "\n".join(f"- {reason}" for reason in verdict.reasons),
        "## Made from",
        _facts(subject),
        "## Scores",
        "The anchors have as many rows as were judged: *holdout* are real rows that the engine "
        "never saw (their times: the training window's second half against its first; their "
        "membership: one half of the training rows, told by the other), "
        "*bootstrap* are training rows drawn again, the worst leak.",
        _table(judgement),
        "## What the scores mean",
        _meanings(judgement),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(subject: Subject) -> str:
    options = ", ".join(f"{name} = {value}" for name, value in subject.options.items())
    facts = {
        "options": options or "none",
        **subject.training,
        "split": subject.split,
        "seed": subject.seed,
    }
    return _markdown(("", ""), [(name, _cell(value)) for name, value in facts.items()])


def _table(judgement: Judgement) -> str:
    head = ("question", "metric", "of", "engine", "holdout", "bootstrap", "ideal")
    return _markdown(head, [_line(judgement, score) for score in judgement.engine])


def _line(judgement: Judgement, score: Score) -> tuple[str, ...]:
    anchors = (
        value_of(anchor, score.metric, score.variable)
        for anchor in (judgement.holdout, judgement.bootstrap)
    )
    ideal = METRICS[score.metric].ideal
    numbers = (_number(value) for value in (score.value, *anchors, ideal))
    return (score.family, score.metric, _cell(score.variable or "all"), *numbers)


def _meanings(judgement: Judgement) -> str:
    told = dict.fromkeys(score.metric for score in judgement.engine)
    return "\n".join(f"- `{name}`: {METRICS[name].meaning}" for name in told)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.4g}"


def _cell(value: object) -> str:
    """Text that does not end its cell."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def _markdown(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rows = [head, tuple("--" for _ in head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

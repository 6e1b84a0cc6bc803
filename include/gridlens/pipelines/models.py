"""All models of the warehouse: its own SQL files and those that matching writes."""

from __future__ import annotations

from functools import cache

from gridlens.matching import Reading, inferred_text, model_text, probability_text
from gridlens.warehouse import Model, in_order, packaged_models

PAIRS = "core.job_transfers"
INFERENCES = "core.site_inferences"
INFERRED = "core.inferred_pairs"
LINKS = "core.link_probabilities"
# What the task `match` computes, in this order.
MATCHED = (PAIRS, INFERENCES, INFERRED, LINKS)


@cache
def models(reading: Reading) -> dict[str, Model]:
    """Models by name, each behind those that it reads; pairs are matched by ``reading``."""
    texts = {
        PAIRS: model_text(reading),
        INFERRED: inferred_text(reading),
        LINKS: probability_text(),
    }
    written = [Model.parse(text, name) for name, text in texts.items()]
    return {m.name: m for m in in_order([*packaged_models().values(), *written])}


def day_models(reading: Reading, schema: str) -> list[Model]:
    """The models of a schema that are computed by the day, those of `match` left out."""
    return [
        m
        for m in models(reading).values()
        if m.schema == schema and m.day is not None and m.name not in MATCHED
    ]

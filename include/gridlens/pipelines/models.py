"""All models of the warehouse: its own SQL files and the one that matching writes."""

from __future__ import annotations

from functools import cache

from gridlens.matching import Reading, model_text
from gridlens.warehouse import Model, in_order, packaged_models

PAIRS = "core.job_transfers"


@cache
def models(reading: Reading) -> dict[str, Model]:
    """Models by name, each behind those that it reads; pairs are matched by ``reading``."""
    pairs = Model.parse(model_text(reading), PAIRS)
    return {m.name: m for m in in_order([*packaged_models().values(), pairs])}


def day_models(reading: Reading, schema: str) -> list[Model]:
    """The models of a schema that are computed by the day, matching's own left out."""
    return [
        m
        for m in models(reading).values()
        if m.schema == schema and m.day is not None and m.name != PAIRS
    ]

"""What the warehouse gives is what its dictionary says."""

from __future__ import annotations

from small_grid import DAYS, ask

from gridlens.matching import V1
from gridlens.pipelines.mart_rows import mart_query
from gridlens.pipelines.models import models
from gridlens.settings import Settings
from gridlens.warehouse import bind
from gridlens.window import Window


def test_every_window_mart_gives_the_types_of_the_dictionary(warehouse: Settings) -> None:
    # A macro comes back from the catalog as another text: 0.5e0 is a decimal then.
    ordered = models(V1).values()
    types = bind(tuple(ordered))
    window = Window(DAYS[0], DAYS[-1].plus(1))
    for model in ordered:
        if model.day is None:
            described = ask(warehouse, f"describe {mart_query(model.name, window)}")
            assert {row[0]: row[1] for row in described} == types[model.name], model.name

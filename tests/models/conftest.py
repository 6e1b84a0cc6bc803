"""Run one SQL model over literal rows: what is given and what comes out stand in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from model_files import Row, Rows, Types, ask, types_of_all

Result = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def column_types() -> Mapping[str, Types]:
    """Types of every table and model."""
    return types_of_all()


@pytest.fixture
def result(column_types: Mapping[str, Types]) -> Result:
    """``result(model, given, day=…)`` or ``result(model, given, window=(…, …), argument=…)``."""

    def run(name: str, given: Rows, **how: str | tuple[str, str]) -> list[Row]:
        return ask(name, given, column_types, **how)

    return run


@pytest.fixture
def only() -> Callable[[Sequence[Row], str], list[tuple[object, ...]]]:
    """The named columns of the rows, as tuples."""

    def columns(rows: Sequence[Row], names: str) -> list[tuple[object, ...]]:
        return [tuple(row[name] for name in names.split()) for row in rows]

    return columns

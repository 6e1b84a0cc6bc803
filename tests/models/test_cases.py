"""Each case file under ``cases/``: the model gives the expected rows for the given ones."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pytest
from case_files import EXPECTED, FOLDER, Case, Cell, cases
from model_files import MODELS, Row, Types, ask

MARTS = [name for name in MODELS if name.startswith("mart.")]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_model_gives_the_expected_rows(case: Case, column_types: Mapping[str, Types]) -> None:
    given = {table: rows for table, rows in case.rows.items() if table != EXPECTED}
    how: dict[str, str | tuple[str, ...]] = dict(case.how)
    if "window" in case.how:
        how["window"] = tuple(case.how["window"].split())
    found = ask(case.model, given, column_types, **how)
    expected = _typed(case.rows[EXPECTED], column_types[case.model])
    assert _sorted([{c: row[c] for c in case.columns} for row in found]) == [
        {c: _near(v) for c, v in row.items()} for row in _sorted(expected)
    ]


@pytest.mark.parametrize("name", MARTS)
def test_every_mart_has_a_case(name: str) -> None:
    assert list((FOLDER / name).glob("*.md"))


def test_every_folder_of_cases_is_a_model() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} <= MODELS.keys()


def _typed(rows: list[dict[str, Cell]], types: Types) -> list[Row]:
    with duckdb.connect(":memory:") as con:
        return [
            {
                c: con.execute(f"select cast(? as {types[c]})", [v]).fetchall()[0][0]
                for c, v in row.items()
            }
            for row in rows
        ]


def _sorted(rows: list[Row]) -> list[Row]:
    """In an order of their own: marts are tables, which have none."""
    return sorted(rows, key=lambda row: [_text(value) for value in row.values()])


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _near(value: object) -> object:
    return pytest.approx(value, rel=1e-5) if isinstance(value, float) else value

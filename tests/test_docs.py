"""What lint holds the generated pages to, and what rests beside them."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from gridlens.charts import FIGURES
from gridlens.errors import ModelError
from gridlens.matching import V1
from gridlens.pipelines.models import models

DOCS = Path(__file__).parents[1] / "docs"
MOST_BYTES = 3_200_000


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_column_without_a_meaning_fails_lint(generate: ModuleType) -> None:
    found = dict(models(V1))
    mart = found["mart.job_status_shares"]
    kept = {name: meaning for name, meaning in mart.columns.items() if name != "jobs_ratio"}
    declared = tuple(name for name in mart.declared if name != "jobs_ratio")
    found[mart.name] = replace(mart, columns=kept, declared=declared)
    with pytest.raises(ModelError, match="does not document the column jobs_ratio"):
        generate.warehouse_page(found.values())


def test_a_column_that_is_not_given_any_more_fails_lint(generate: ModuleType) -> None:
    found = dict(models(V1))
    mart = found["mart.job_status_shares"]
    found[mart.name] = replace(mart, declared=(*mart.declared, "nothing"))
    with pytest.raises(ModelError, match="does not give the column nothing"):
        generate.warehouse_page(found.values())


def test_every_figure_has_its_picture_and_there_is_no_other() -> None:
    assert {path.stem for path in (DOCS / "pictures").glob("*.png")} == set(FIGURES), (
        "`make demo` and `make pictures` draw them"
    )


def test_the_pictures_stay_small() -> None:
    assert sum(path.stat().st_size for path in (DOCS / "pictures").iterdir()) < MOST_BYTES


def test_every_case_that_is_due_is_shown_by_a_test(generate: ModuleType, tmp_path: Path) -> None:
    assert "Not yet." in generate.reliability_page()
    with pytest.raises(SystemExit, match=r"no test shows these cases .* \[1, 2, 3, "):
        generate.reliability_page(tmp_path)


def test_a_test_that_names_no_case_of_the_bar_is_told_of(
    generate: ModuleType, tmp_path: Path
) -> None:
    marked = "@pytest.mark.bar({})\ndef test_it() -> None:\n    pass\n\n\n"
    for case in (*range(1, 33), 99):
        (tmp_path / f"test_{case}.py").write_text(marked.format(case))
    with pytest.raises(SystemExit, match=r"cases that tests/bar.toml has not: \[99\]"):
        generate.reliability_page(tmp_path)

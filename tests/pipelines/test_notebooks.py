"""The notebooks run from the first cell to the last, and rest without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from gridlens.settings import Settings

FOLDER = Path(__file__).parents[2] / "notebooks"
STREAMS = ("stdout", "stderr")
NOTEBOOKS = pytest.mark.parametrize("name", ["analyst", "operator"])


def notebook(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_there_is_no_other_notebook() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == ["analyst", "operator"]


@NOTEBOOKS
def test_a_notebook_rests_without_outputs(name: str) -> None:
    cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    assert [cell for cell in cells if cell.outputs or cell.execution_count] == []


@NOTEBOOKS
def test_a_notebook_runs_and_shows_tables_and_a_figure(
    name: str, warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDLENS_HOME", str(warehouse.home))
    done = NotebookClient(notebook(name), timeout=300, kernel_name="python3").execute()
    shown = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert "image/svg+xml" in kinds
    assert "│" in "".join(output.get("data", {}).get("text/plain", "") for output in shown)
    said = {stream: "".join(o.text for o in shown if o.get("name") == stream) for stream in STREAMS}
    assert said["stdout"].startswith("2025-04-01..2025-04-04")
    assert said["stderr"] == ""

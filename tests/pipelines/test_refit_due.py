"""When a new model is due: as soon as there can be one, weekly, and when the grid has moved."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from small_grid import DAYS

from gridlens.cli import main
from gridlens.errors import NotFound
from gridlens.pipelines import drift, fit, gate, judge, prepare, promote, refit_due, settle
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.refit_folder import RefitFolder
from gridlens.settings import Settings
from gridlens.warehouse import connection
from gridlens.window import Window


@pytest.fixture(scope="module")
def settled(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the warehouse whose three days are whole."""
    settings = replace(warehouse, home=tmp_path_factory.mktemp("settled") / "home")
    shutil.copytree(warehouse.home, settings.home)
    settle(settings)
    return settings


@pytest.fixture(scope="module")
def fitted(settled: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same, with a champion that has learned the first two days."""
    settings = replace(settled, home=tmp_path_factory.mktemp("fitted") / "home")
    shutil.copytree(settled.home, settings.home)
    promote(settings, as_good_as_real(settings, Window(DAYS[0], DAYS[2])))
    return settings


@pytest.fixture
def moved(fitted: Settings, tmp_path: Path) -> Settings:
    """The same, but since then all jobs of the last two days ran at one new queue."""
    shutil.copytree(fitted.home, tmp_path / "home")
    settings = replace(fitted, home=tmp_path / "home")
    with lake(settings) as con:
        con.execute(
            "update core.jobs set computingsite = 'NEW' where job_day >= $1", [DAYS[1].date]
        )
    return settings


def lake(settings: Settings) -> duckdb.DuckDBPyConnection:
    return connection.connect(open_lake(settings).place, read_only=False)


def as_good_as_real(settings: Settings, window: Window) -> str:
    """Fit an engine and gate it with the scores of unseen real rows; the snapshot's id."""
    work = str(prepare(settings, window, way="task").numbers["work"])
    fit(settings, work, "independent")
    judge(settings, work, "independent")
    folder = RefitFolder.of(settings, work)
    scores = folder.read("independent/scores.json")
    folder.write("independent/scores.json", {**scores, "engine": scores["holdout"]})
    return str(gate(settings, work, "independent").numbers["snapshot"])


def due(settings: Settings, days: int) -> tuple[object, str]:
    told = refit_due(settings, days)
    return told.numbers["due"], "; ".join(told.notes)


def test_nothing_is_due_before_there_are_enough_whole_days(settled: Settings) -> None:
    assert due(settled, 7) == (
        "no",
        f"a model learns from 7 whole days in a row, and {settled.home} has 3: load more "
        "(`gridlens run-day DAY`), `gridlens settle` stale ones, or name the days with --from and "
        "--to",
    )


def test_the_first_model_is_due_as_soon_as_they_are_there(settled: Settings) -> None:
    assert due(settled, 3) == (
        "first",
        "no model was fitted yet, and 2025-04-01..2025-04-04 are whole days",
    )


def test_the_next_one_is_due_when_as_many_days_have_come(fitted: Settings) -> None:
    says = "1 days have become whole since the last fitted one ended"
    assert due(fitted, 1) == ("weekly", says)


def test_before_that_the_days_to_go_are_told_with_the_nearest_to_a_drift(fitted: Settings) -> None:
    answer, why = due(fitted, 3)
    assert answer == "no"
    assert why.startswith("the last model was fitted on days up to 2025-04-03: 2 days to go; ")
    assert why.count("halves of the training days are") == 3


def test_a_workload_that_has_moved_is_told_of_and_makes_a_model_due(moved: Settings) -> None:
    told = drift(moved, 2)
    assert told.numbers["drifted"]
    assert told.notes[0].startswith("computingsite: jensen_shannon is 1, above ")
    assert due(moved, 2) == ("drift", "; ".join(told.notes))


def test_a_state_that_has_expired_is_told_of_and_leaves_the_week_s_turn_as_it_is(
    moved: Settings,
) -> None:
    with lake(moved) as con:
        con.execute("call ducklake_expire_snapshots('lake', older_than => now())")
    with pytest.raises(NotFound, match=r"has no state \d+"):
        drift(moved, 1)
    answer, why = due(moved, 2)
    assert answer == "no"
    assert "nothing is known of a drift: the warehouse in" in why
    assert due(moved, 1)[0] == "weekly"


def test_days_that_were_fitted_are_not_fitted_again_though_the_model_stayed_out(
    moved: Settings,
) -> None:
    work = str(prepare(moved, Window(DAYS[1], DAYS[2].plus(1)), way="task").numbers["work"])
    for step in (fit, judge, gate):
        step(moved, work, "bootstrap")
    says = "the last model was fitted on days up to 2025-04-04: no later one is whole"
    assert due(moved, 2) == ("no", says)


def test_the_command_tells_the_drift_or_that_there_is_no_champion(
    settled: Settings,
    fitted: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRIDLENS_HOME", str(settled.home))
    assert main(["generator", "drift"]) == 2
    assert "has been promoted yet" in capsys.readouterr().err
    monkeypatch.setenv("GRIDLENS_HOME", str(fitted.home))
    assert main(["generator", "drift"]) == 0
    assert "drift: days 2025-04-01..2025-04-04, champion " in capsys.readouterr().out

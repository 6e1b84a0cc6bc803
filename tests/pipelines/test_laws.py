"""Laws of the warehouse: whatever the order and number of runs, it ends the same."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from small_grid import DAYS, KEY, ask, change_one_percent, checksums, elsewhere, run_days

from gridlens.matching import V1, flags_sql
from gridlens.pipelines import run_day, settle
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings


def test_five_runs_of_a_day_leave_what_one_run_leaves(settings: Settings) -> None:
    run_days(settings, DAYS[:2])
    once = checksums(settings)
    for _ in range(4):
        run_days(settings, [DAYS[1]])
    assert checksums(settings) == once


def test_a_second_run_of_an_unchanged_day_computes_nothing(settings: Settings) -> None:
    run_days(settings, DAYS[:1])
    again = run_day(settings, DAYS[0], lambda _: None)
    assert [r.task for r in again if "unchanged" in r.numbers] == ["load", "match", "indicators"]


ORDERS = list(itertools.permutations(range(3)))


def in_order(settings: Settings, home: Path, order: tuple[int, ...]) -> dict[str, str]:
    one = elsewhere(settings, home)
    run_days(one, [DAYS[n] for n in order])
    change_one_percent(one.home / "exports", seed=3)
    run_days(one, [DAYS[n] for n in reversed(order)])
    settle(one)
    return checksums(one)


@pytest.mark.parametrize("order", ORDERS[1:], ids=str)
def test_days_loaded_in_any_order_give_the_same_tables(
    settings: Settings, tmp_path: Path, order: tuple[int, ...], straight: dict[str, str]
) -> None:
    assert in_order(settings, tmp_path / "one", order) == straight


@pytest.fixture(scope="module")
def straight(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = Settings(home=exports, personal_key=KEY)
    return in_order(settings, tmp_path_factory.mktemp("straight") / "one", ORDERS[0])


def test_daily_windows_together_give_what_one_window_gives(warehouse: Settings) -> None:
    settle(warehouse)
    with open_lake(warehouse).reader() as lake:
        columns = {
            f"{name}_columns": [row[0] for row in lake.execute(f"describe core.{name}s").fetchall()]
            for name in ("job", "file", "transfer")
        }
        lake.execute("use memory")
        for name in ("jobs", "files", "transfers"):
            lake.execute(f"create view {name} as select * from lake.core.{name}")
        at_once = lake.execute(flags_sql(V1, **columns)).fetchall()
    by_day = ask(
        warehouse,
        "select pandaid, transfer_id, exact, rm1, rm2, direct, started_before_creation, owners "
        "from mart.matches order by pandaid, transfer_id",
    )
    assert len(by_day) > 100
    assert by_day == at_once

"""Laws of the warehouse: whatever the order and number of runs, it ends the same."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from small_grid import (
    DAYS,
    FIRST,
    KEY,
    ask,
    change_one_percent,
    checksums,
    elsewhere,
    run_days,
    run_jobs_again,
)

from gridlens.matching import V1, flags_sql
from gridlens.pipelines import run_day, settle
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.twin import make_days


@pytest.mark.bar(3)
def test_five_runs_of_a_day_leave_what_one_run_leaves(loaded: Settings) -> None:
    settle(loaded)
    once = checksums(loaded)
    for _ in range(4):
        again = run_day(loaded, DAYS[1], lambda _: None)
        done = [r.task for r in again if "unchanged" in r.numbers]
        assert done == ["load", "match", "indicators"]
    assert checksums(loaded) == once


ORDERS = list(itertools.permutations(range(3)))
# Beside the straight order: every two days the other way round, and forth and then back.
CHECKED = [(2, 1, 0), (1, 2, 0)]
REST = [pytest.param(o, marks=pytest.mark.slow) for o in ORDERS[1:] if o not in CHECKED]
FOUR_DAYS = [tuple(random.Random(n).sample(range(4), 4)) for n in range(20)]


def in_order(settings: Settings, home: Path, order: tuple[int, ...]) -> dict[str, str]:
    one = elsewhere(settings, home)
    run_days(one, [DAYS[n] for n in order])
    change_one_percent(one.home / "exports", seed=3)
    run_jobs_again(one, [DAYS[n] for n in reversed(order)])
    settle(one)
    return checksums(one)


@pytest.mark.bar(4)
@pytest.mark.parametrize("order", [*CHECKED, *REST], ids=str)
def test_days_loaded_in_any_order_give_the_same_tables(
    settings: Settings, tmp_path: Path, order: tuple[int, ...], straight: dict[str, str]
) -> None:
    assert in_order(settings, tmp_path / "one", order) == straight


@pytest.mark.bar(4)
@pytest.mark.slow
def test_four_days_loaded_in_twenty_orders_give_the_same_tables(tmp_path: Path) -> None:
    made = Settings(home=tmp_path / "made", personal_key=KEY)
    make_days(made.home, seed=6, first=FIRST, days=4, jobs_per_day=100, progress=lambda _: None)
    ends = []
    for number, order in enumerate(FOUR_DAYS):
        one = elsewhere(made, tmp_path / str(number))
        days = [FIRST.plus(n) for n in order]
        run_days(one, days)
        change_one_percent(one.home / "exports", seed=3)
        run_jobs_again(one, reversed(days))
        settle(one)
        ends.append(checksums(one))
    assert all(end == ends[0] for end in ends)


@pytest.fixture(scope="module")
def straight(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    settings = Settings(home=exports, personal_key=KEY)
    return in_order(settings, tmp_path_factory.mktemp("straight") / "one", ORDERS[0])


def test_daily_windows_together_give_what_one_window_gives(loaded: Settings) -> None:
    settle(loaded)
    with open_lake(loaded).reader() as lake:
        columns = {
            f"{name}_columns": [row[0] for row in lake.execute(f"describe core.{name}s").fetchall()]
            for name in ("job", "file", "transfer")
        }
        lake.execute("use memory")
        for name in ("jobs", "files", "transfers"):
            lake.execute(f"create view {name} as select * from lake.core.{name}")
        at_once = lake.execute(flags_sql(V1, **columns)).fetchall()
    by_day = ask(
        loaded,
        "select pandaid, transfer_id, exact, rm1, rm2, direct, started_before_creation, owners "
        "from mart.matches where rm2 or direct order by pandaid, transfer_id",
    )
    assert len(by_day) > 100
    assert by_day == at_once

"""Laws of the warehouse: whatever the order and number of runs, it ends the same."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from pathlib import Path

import pytest
from tests.pipelines.conftest import DAYS, elsewhere, run_days

from gridlens.pipelines import run_day, settle
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings


def checksums(settings: Settings) -> dict[str, str]:
    return open_lake(settings).table_checksums()


def change_one_percent(exports: Path, seed: int) -> int:
    """Give one document in a hundred a later state, as a second extraction would find it."""
    dice = random.Random(seed)
    changed = 0
    for path in sorted(exports.glob("*/jobs-*.ndjson.gz")):
        documents = [json.loads(line) for line in gzip.open(path, "rt")]
        for document in documents:
            if dice.random() < 0.01:
                document["modificationtime"] = "2025-04-20 00:00:00"
                document["jobstatus"] = "closed"
                changed += 1
        with gzip.open(path, "wt") as out:
            out.writelines(json.dumps(d) + "\n" for d in documents)
    return changed


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
    settings = Settings(home=exports, personal_key="a key of the tests alone")
    return in_order(settings, tmp_path_factory.mktemp("straight") / "one", ORDERS[0])

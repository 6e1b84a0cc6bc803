"""A small grid's days, made once a session, and warehouses made from them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gridlens.pipelines import run_day
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day

FIRST = Day.parse("2025-04-01")
DAYS = tuple(FIRST.plus(n) for n in range(3))
JOBS_PER_DAY = 150


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the exports of three small days and nothing else."""
    home = tmp_path_factory.mktemp("exports")
    make_days(home, seed=5, first=FIRST, days=3, jobs_per_day=JOBS_PER_DAY, progress=lambda _: None)
    return home


@pytest.fixture
def settings(exports: Path, tmp_path: Path) -> Settings:
    """Settings of an empty warehouse beside a copy of the exports."""
    home = tmp_path / "home"
    shutil.copytree(exports, home)
    return Settings(home=home, personal_key="a key of the tests alone")


@pytest.fixture(scope="session")
def warehouse(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a warehouse with all three days in it; tests only read it."""
    home = tmp_path_factory.mktemp("warehouse") / "home"
    shutil.copytree(exports, home)
    settings = Settings(home=home, personal_key="a key of the tests alone")
    run_days(settings, DAYS)
    return settings


def run_days(settings: Settings, days: Iterable[Day]) -> None:
    """Run the days in this order."""
    for day in days:
        run_day(settings, day, lambda _: None)


def elsewhere(settings: Settings, home: Path) -> Settings:
    """The same exports under another home, with an empty warehouse."""
    shutil.copytree(settings.home / "exports", home / "exports")
    shutil.copy(settings.sources, home)
    return replace(settings, home=home)

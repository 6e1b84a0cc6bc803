"""A small grid's days, made once a session, and warehouses made from them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_grid import DAYS, FIRST, JOBS_PER_DAY, KEY, run_days

from gridlens.pipelines import write_report
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Window


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
    return Settings(home=home, personal_key=KEY)


@pytest.fixture
def loaded(warehouse: Settings, tmp_path: Path) -> Settings:
    """Settings of a copy of the warehouse with all three days in it, to do with as one likes."""
    home = tmp_path / "home"
    shutil.copytree(warehouse.home, home)
    return replace(warehouse, home=home)


@pytest.fixture(scope="session")
def warehouse(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a warehouse with all three days in it; tests only read it."""
    home = tmp_path_factory.mktemp("warehouse") / "home"
    shutil.copytree(exports, home)
    settings = Settings(home=home, personal_key=KEY)
    run_days(settings, DAYS)
    return settings


@pytest.fixture(scope="session")
def written(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the three days."""
    output = tmp_path_factory.mktemp("report") / "report.html"
    write_report(warehouse, Window(FIRST, FIRST.plus(3)), output, {})
    return output

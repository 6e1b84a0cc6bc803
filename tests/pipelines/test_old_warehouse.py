"""A warehouse that an older version wrote: it opens, and settling makes it one of this version."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest
from small_grid import FIRST, KEY, ask, checksums

from gridlens.pipelines import settle, status
from gridlens.settings import Settings
from gridlens.window import Window

# A day of 20 jobs, made by commit 450a421: `make_days(seed=5, jobs_per_day=20)` and `run_day`. It
# has 10 tables of core and 3 of mart; its manifests and its ledger know nothing of versions.
OLD = Path(__file__).parent / "old_warehouse.tar.gz"


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """Settings of a home with the old slices and the old warehouse."""
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path / "old", filter="data")
    return Settings(home=tmp_path / "old", personal_key=KEY)


@pytest.mark.bar(32)
def test_a_warehouse_of_an_older_version_settles_to_what_a_new_one_holds(
    old: Settings, tmp_path: Path
) -> None:
    assert ask(old, "select count(*) from core.jobs") == [(20,)]
    new = Settings(home=tmp_path / "new", personal_key=KEY)
    shutil.copytree(old.slices, new.slices)
    settle(new)
    settle(old)
    assert checksums(old) == checksums(new)
    assert [day.state for day in status(old, Window.of(FIRST))] == ["edge"]

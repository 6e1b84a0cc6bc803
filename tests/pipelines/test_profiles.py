"""Profiles kept beside the slices: which is taken for none, who may read them, which go."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from small_grid import FIRST

from gridlens.pipelines.profiles import profile_of, sweep_profiles
from gridlens.quality import Profile, contract
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import JOBS


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def manifest(home: Settings) -> Manifest:
    """Of a day of jobs that the source does not have."""
    store = SliceStore(home.slices)
    return store.write_unavailable(JOBS, FIRST, "a test", store.attempt(JOBS, FIRST))


def made(home: Settings, manifest: Manifest) -> Profile:
    return profile_of(home, SliceStore(home.slices), manifest, contract("jobs"))


@pytest.mark.parametrize("torn", [b"", b'{"rows": 1', b"\xff\xfe", b"{}"])
def test_a_torn_profile_is_none_and_is_made_again(
    home: Settings, manifest: Manifest, torn: bytes
) -> None:
    first = made(home, manifest)
    kept = home.profiles / "jobs" / f"{FIRST}.json"
    whole = kept.read_bytes()
    kept.write_bytes(torn)
    assert made(home, manifest) == first
    assert kept.read_bytes() == whole
    assert list(kept.parent.iterdir()) == [kept]


def test_others_may_read_a_profile_as_the_umask_has_it(home: Settings, manifest: Manifest) -> None:
    former = os.umask(0o027)
    try:
        made(home, manifest)
    finally:
        os.umask(former)
    assert (home.profiles / "jobs" / f"{FIRST}.json").stat().st_mode & 0o777 == 0o640


def test_profiles_without_a_slice_and_old_drafts_go(home: Settings, manifest: Manifest) -> None:
    made(home, manifest)
    folder = home.profiles / "jobs"
    gone = f"{FIRST.plus(1)}.json"
    for name in (gone, "tmp1234", f"{FIRST}.old.draft", f"{FIRST}.new.draft"):
        (folder / name).write_text("{}")
    then = time.time() - 100
    for name in ("tmp1234", f"{FIRST}.old.draft"):
        os.utime(folder / name, (then, then))
    swept = sweep_profiles(home, older_than_s=50)
    assert sorted(swept) == [f"jobs/{FIRST}.old.draft", f"jobs/{gone}", "jobs/tmp1234"]
    assert sorted(p.name for p in folder.iterdir()) == [f"{FIRST}.json", f"{FIRST}.new.draft"]

"""What the environment may say, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridlens.errors import SettingsError
from gridlens.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDLENS_MEMORY_LIMIT", "abc"),
        ("GRIDLENS_MEMORY_LIMIT", "2"),
        ("GRIDLENS_THREADS", "0.5"),
        ("GRIDLENS_THREADS", "many"),
        ("GRIDLENS_LOCK_TIMEOUT_S", "nan"),
        ("GRIDLENS_LOCK_TIMEOUT_S", "-1"),
        ("GRIDLENS_KEEP_SNAPSHOTS_DAYS", "0"),
        ("GRIDLENS_KEEP_SLICES_DAYS", "0"),
        ("GRIDLENS_KEEP_BACKUPS", "none"),
    ],
)
def test_a_value_of_another_kind_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        Settings.from_env({name: value})


def test_the_secret_is_never_shown() -> None:
    settings = Settings.from_env({"GRIDLENS_PERSONAL_KEY": "a secret of some length"})
    assert settings.secret() == "a secret of some length"
    assert "secret of" not in repr(settings)


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="at least 16 characters"):
        Settings.from_env({"GRIDLENS_PERSONAL_KEY": key}).secret()


def test_slices_are_kept_for_ever_unless_days_are_given() -> None:
    kept = [Settings.from_env(env).keep_slices_days for env in ({}, KEEP_ALL, KEEP_90)]
    assert kept == [None, None, 90]


KEEP_ALL = {"GRIDLENS_KEEP_SLICES_DAYS": "all"}
KEEP_90 = {"GRIDLENS_KEEP_SLICES_DAYS": "90"}


def test_all_rests_below_home() -> None:
    settings = Settings.from_env({"GRIDLENS_HOME": "/somewhere"})
    assert settings.slices == Path("/somewhere/slices")
    assert settings.warehouse == Path("/somewhere/warehouse")
    assert settings.sources == Path("/somewhere/sources.toml")

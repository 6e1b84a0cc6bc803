"""A task that was thought dead ends beside its own retry: what the warehouse then holds.

One attempt of a step stands still at a place where it looks at something or writes something, and
another attempt of it runs as a whole.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from small_grid import DAYS, ask

from gridlens.pipelines import extract, load, match, status
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.warehouse import Lake
from gridlens.window import Window

DAY = DAYS[0]
LOADING = import_module("gridlens.pipelines.load")
# Where the first attempt stands still: the owner and the name of what it is about to call.
LOOK, MANIFESTS, COMMIT = (World, "look"), (LOADING, "manifests_of"), (Lake, "replace")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], other: Callable[[], Any]
) -> None:
    """Run ``other`` when ``place`` is called for the first time, and then go on as always."""
    owner, name = place
    real, called = getattr(owner, name), []

    def waiting(*given: Any, **named: Any) -> Any:
        if not called:
            called.append(name)
            other()
        return real(*given, **named)

    bound = isinstance(vars(owner)[name], classmethod)
    monkeypatch.setattr(owner, name, staticmethod(waiting) if bound else waiting)


def close_jobs(settings: Settings, number: int) -> None:
    """Extract the day's jobs anew, the first so many of them closed meanwhile."""
    path = next((settings.home / "exports" / str(DAY)).glob("jobs-*.ndjson.gz"))
    with gzip.open(path, "rt") as lines:
        documents = [json.loads(line) for line in lines]
    closed = [d | {"jobstatus": "closed"} for d in documents[:number]]
    with gzip.open(path, "wt") as out:
        out.writelines(json.dumps(d) + "\n" for d in closed + documents[number:])
    extract(settings, "jobs", DAY)


def closed_jobs(settings: Settings) -> int:
    where = f"job_day = date '{DAY}' and jobstatus = 'closed'"
    [(number,)] = ask(settings, f"select count(*) from core.jobs where {where}")
    return int(str(number))


def stale(settings: Settings) -> list[str]:
    [day] = status(settings, Window.of(DAY))
    return [because for because in day.because if because.startswith(("core.jobs", "raw."))]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(LOOK, marks=pytest.mark.slow, id="before it looks at the ledger"),
        pytest.param(MANIFESTS, marks=pytest.mark.slow, id="before it reads the manifests"),
        pytest.param(COMMIT, id="before it loads"),
    ],
)
def test_load_of_an_older_slice_does_not_replace_that_of_a_newer(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    before = closed_jobs(loaded)
    close_jobs(loaded, 3)

    def retry() -> None:
        close_jobs(loaded, 7)
        load(loaded, DAY)

    meanwhile(monkeypatch, place, retry)
    report = load(loaded, DAY)
    assert closed_jobs(loaded) == before + 7
    assert stale(loaded) == []
    assert "unchanged" in report.numbers
    assert ("overtaken 1 times" in report.notes) == (place is not LOOK)


@pytest.mark.slow
@pytest.mark.parametrize("place", [LOOK, MANIFESTS, COMMIT], ids=lambda place: place[1])
def test_load_of_a_newer_slice_follows_that_of_an_older_which_was_quicker(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    before = closed_jobs(loaded)
    close_jobs(loaded, 3)

    def thought_dead() -> None:
        load(loaded, DAY)
        close_jobs(loaded, 7)

    meanwhile(monkeypatch, place, thought_dead)
    load(loaded, DAY)
    assert closed_jobs(loaded) == before + 7
    assert stale(loaded) == []


def test_matches_of_jobs_that_were_loaded_anew_meanwhile_are_of_the_new_jobs(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_jobs(loaded, 3)
    load(loaded, DAY)

    def newer() -> None:
        close_jobs(loaded, 7)
        load(loaded, DAY)

    meanwhile(monkeypatch, COMMIT, newer)
    assert "overtaken 1 times" in match(loaded, DAY).notes
    query = "select inputs from raw.computed_days where table_name = 'core.job_transfers'"
    [(inputs,)] = ask(loaded, f"{query} and day = date '{DAY}'")
    query = "select checksum from raw.computed_days where table_name = 'core.jobs'"
    [(checksum,)] = ask(loaded, f"{query} and day = date '{DAY}'")
    assert ["core.jobs", str(DAY), checksum] in json.loads(str(inputs))

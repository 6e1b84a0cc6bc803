"""A table that is read from several indices: the manifest proves each."""

from __future__ import annotations

from dataclasses import replace

from day_of_jobs import DAY, NAME, Scene, Server, around_the_day

from gridlens.pipelines import extract, refresh

BEGINS = 'begins = "2025-04-01"\n'
ENTRY = '[[jobs]]\nmap = "panda_jobs_archived"\nendpoint = "{}"\nindex = "{}"\n'
BY_STATE = '["statechangetime"]'


def named(endpoint: str, index: str) -> str:
    """How the manifest calls an index of archived jobs."""
    times = "endtime, statechangetime, modificationtime as date"
    return f"{endpoint}/{index}, panda_jobs_archived by {times}"


def test_two_indices_at_one_endpoint_are_proven_side_by_side(
    scene: Scene, server: Server, index: str
) -> None:
    every = around_the_day()
    for n in range(2):
        server.make(f"{index}-{n}")
        server.put(f"{index}-{n}", {name: every[name] for name in every if int(name) % 2 == n})
    entries = [ENTRY.format(NAME, f"{index}-{n}") for n in range(2)]
    (scene.settings.home / "sources.toml").write_text(BEGINS + "".join(entries))

    scene.extract()

    manifest = scene.manifest()
    assert list(manifest.run["transport"]) == [named(NAME, f"{index}-{n}") for n in range(2)]
    assert all(each["pages"] for each in manifest.run["transport"].values())
    assert len([key for key in manifest.query if key.startswith("sha256 of ")]) == 2
    assert manifest.promised == manifest.fetched


def test_two_endpoints_whose_indices_bear_one_name_are_told_apart(
    scene: Scene, server: Server, index: str
) -> None:
    server.make(index)
    server.put(index, around_the_day())
    other = replace(scene.endpoint, name="another")
    settings = replace(scene.settings, endpoints={NAME: scene.endpoint, "another": other})
    entries = [ENTRY.format(name, index) for name in settings.endpoints]
    (settings.home / "sources.toml").write_text(BEGINS + "".join(entries))

    extract(settings, "jobs", DAY)

    assert list(scene.manifest().run["transport"]) == [named(NAME, index), named("another", index)]
    assert len([key for key in scene.manifest().query if key.startswith("sha256 of ")]) == 2


def test_one_index_that_is_asked_in_two_ways_is_asked_as_before_at_the_next_refresh(
    scene: Scene, server: Server, index: str
) -> None:
    server.make(index)
    server.put(index, around_the_day())
    entries = [ENTRY.format(NAME, index), ENTRY.format(NAME, index) + f"time = {BY_STATE}\n"]
    (scene.settings.home / "sources.toml").write_text(BEGINS + "".join(entries))

    refresh(scene.settings, DAY, days=1)

    assert list(scene.manifest().run["transport"]) == [
        named(NAME, index),
        f"{NAME}/{index}, panda_jobs_archived by statechangetime as date",
    ]
    assert refresh(scene.settings, DAY, days=1).notes == ()

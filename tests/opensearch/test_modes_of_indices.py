"""Failure modes 9, 14 to 20 and 22 to 24: indices that change, differ, or hold odd documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import fault_acts as acts
import pyarrow.parquet as pq
import pytest
from day_of_jobs import DAY, MAPPING, Documents, Scene, around_the_day, ids_of_day, job

from gridlens.errors import SourceRefused, SourceRejected, SourceUnavailable

ALL = around_the_day()
IDS = ids_of_day(ALL)
NOON = DAY.start + timedelta(hours=12)


def builder(scene: Scene, index: str) -> Callable[..., Scene]:
    """Makes of the scene one with other documents: one index for each set of them."""

    def build(*parts: Documents, mappings: tuple[Any, ...] = ()) -> Scene:
        for n, documents in enumerate(parts):
            scene.server.make(f"{index}-{n}", mappings[n] if n < len(mappings) else MAPPING)
            scene.server.put(f"{index}-{n}", documents)
        return scene.with_index(f"{index}-*")

    return build


@pytest.fixture
def own(each_way: Scene, index: str) -> Callable[..., Scene]:
    """The scene with documents of the test's own, read in both ways."""
    return builder(each_way, index)


@pytest.fixture
def own_once(scene: Scene, index: str) -> Callable[..., Scene]:
    """The same where the way of reading makes no difference, or only one is meant."""
    return builder(scene, index)


def days_before(*jobs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """These jobs by their id, and one of the day before: the index does not begin with DAY."""
    every = [*jobs, job(902, DAY.start - timedelta(days=1))]
    return {str(each["pandaid"]): each for each in every}


def retyped(**fields: Any) -> dict[str, Any]:
    """The usual mapping, with other types for some fields."""
    return {"properties": {**MAPPING["properties"], **fields}}


# 9: the point in time is lost.


@pytest.mark.parametrize("page", [1, 2, 5])
def test_mode_09_lost_point_in_time_is_opened_anew_and_the_day_read_from_its_start(
    scene: Scene, page: int
) -> None:
    scene.proxy.on(acts.is_page, acts.first(scene.server.close_pits), nth=page)
    scene.extract()
    scene.require_complete(IDS)
    assert len(scene.proxy.seen(acts.opens_pit)) == 2


@pytest.mark.parametrize("status", [404, 500])
def test_mode_09_loss_of_one_shard_is_a_loss(scene: Scene, status: int) -> None:
    # Recorded from a cluster of several nodes: the node of one shard has left.
    missing = {"type": "search_context_missing_exception", "reason": "No search context found"}
    cause = {
        "root_cause": [missing],
        "type": "search_phase_execution_exception",
        "reason": "all shards failed",
        "phase": "query",
        "grouped": True,
        "failed_shards": [{"shard": 0, "index": "any", "node": "a", "reason": missing}],
    }
    body = json.dumps({"error": cause, "status": status}).encode()
    scene.proxy.on(acts.is_later_page, acts.answers(status, body, content_type="application/json"))
    scene.extract()
    scene.require_complete(IDS)
    assert len(scene.proxy.seen(acts.opens_pit)) == 2


def test_mode_09_point_in_time_that_is_always_lost_is_a_clean_failure(scene: Scene) -> None:
    scene.proxy.always(acts.is_later_page, acts.first(scene.server.close_pits))
    with scene.require_clean_failure(SourceUnavailable, "point in time is lost"):
        scene.extract()
    assert len(scene.proxy.seen(acts.opens_pit)) <= 3


# 14: no index, or an empty one.


@pytest.mark.parametrize("name", ["nowhere", "nowhere-*"])
def test_mode_14_missing_index_is_not_an_empty_day(each_way: Scene, name: str) -> None:
    each_way = each_way.with_index(name)
    with each_way.require_clean_failure(SourceRejected, "nowhere"):
        each_way.extract()


def test_mode_14_one_missing_index_among_several_is_named(each_way: Scene) -> None:
    each_way = each_way.with_index("modes-jobs-even,nowhere")
    with each_way.require_clean_failure(SourceRejected, "nowhere"):
        each_way.extract()


def test_mode_14_alias_is_read_as_its_indices(each_way: Scene, index: str) -> None:
    each_way.server.make(index)
    each_way.server.put(index, ALL)
    each_way.server.ask("PUT", f"/{index}/_alias/{index}-alias")
    each_way = each_way.with_index(f"{index}-alias")
    each_way.extract()
    each_way.require_complete(IDS)


def test_mode_14_day_without_documents_between_others_is_empty(own: Callable[..., Scene]) -> None:
    scene = own({name: ALL[name] for name in ("902", "903")})
    report = scene.extract(DAY)
    assert report.numbers["state"] == "empty"
    assert scene.manifest().promised == 0


def test_mode_14_empty_index_is_not_an_empty_day(own_once: Callable[..., Scene]) -> None:
    scene = own_once({})
    with scene.require_clean_failure(SourceUnavailable, "is empty, or has no endtime"):
        scene.extract()


def test_mode_14_day_before_the_first_document_is_unavailable(
    own_once: Callable[..., Scene],
) -> None:
    scene = own_once(ALL)
    report = scene.extract(DAY.plus(-9))
    assert report.numbers["state"] == "unavailable"


def test_mode_14_day_after_the_last_document_is_not_empty_yet(
    own_once: Callable[..., Scene],
) -> None:
    scene = own_once(ALL)
    with scene.require_clean_failure(SourceUnavailable, "nothing is there of 2025-04-09 or later"):
        scene.extract(DAY.plus(8))


# 15 and 16: documents that come, or change, later.


def test_mode_15_late_documents_are_there_after_the_next_extraction(
    own: Callable[..., Scene],
) -> None:
    early = {name: ALL[name] for name in ALL if int(name) % 3}
    scene = own(early)
    scene.extract()
    scene.require_complete(ids_of_day(early))
    scene.server.put(scene.index.replace("*", "0"), ALL)
    scene.extract()
    scene.require_complete(IDS)


def test_mode_15_documents_that_come_while_pages_are_read_are_all_there_or_none(
    own: Callable[..., Scene],
) -> None:
    scene = own(ALL)
    more = {str(n): job(n, NOON) for n in range(300, 310)}
    put = acts.first(lambda: scene.server.put(scene.index.replace("*", "0"), more))
    scene.proxy.on(acts.is_page, put, nth=2)
    scene.extract()
    with_them, without = ids_of_day({**ALL, **more}), IDS
    scene.require_complete(without if scene.endpoint.paging == "pit" else with_them)


def test_mode_15_documents_that_never_stop_coming_end_in_a_clean_failure(
    own_once: Callable[..., Scene],
) -> None:
    scene = own_once(ALL).with_endpoint(paging="search_after")
    ids = iter(range(300, 800))
    one_more = acts.first(
        lambda: scene.server.put(scene.index.replace("*", "0"), days_before(job(next(ids), NOON)))
    )
    scene.proxy.always(acts.is_later_page, one_more)
    with scene.require_clean_failure(SourceUnavailable, "became"):
        scene.extract()


@pytest.mark.parametrize("when", ["2025-04-05 00:00:00", "2025-04-01 12:00:01"])
def test_mode_15_document_changed_while_pages_are_read_is_read_again(
    own_once: Callable[..., Scene], when: str
) -> None:
    scene = own_once(ALL).with_endpoint(paging="search_after", parallel_requests=1)
    changed = {"100": job(100, NOON, jobstatus="failed", modificationtime=when)}
    put = acts.first(lambda: scene.server.put(scene.index.replace("*", "0"), changed))
    # Its own page was the first.
    scene.proxy.on(acts.is_page, put, nth=4)
    scene.extract()
    scene.require_complete(IDS)
    rows = pq.read_table(scene.store.path(scene.manifest()), columns=["pandaid", "jobstatus"])
    assert (100, "failed") in zip(*(column.to_pylist() for column in rows.columns), strict=True)


@pytest.mark.parametrize("newest_first", [True, False])
def test_mode_16_and_17_newest_of_two_documents_of_a_job_wins_and_both_are_counted(
    own: Callable[..., Scene], newest_first: bool
) -> None:
    old = days_before(job(1, NOON, modificationtime="2025-04-02 00:00:00", jobstatus="failed"))
    new = days_before(job(1, NOON, modificationtime="2025-04-03 00:00:00"))
    scene = own(*((new, old) if newest_first else (old, new)))
    scene.extract()
    scene.require_complete(["1"])
    manifest = scene.manifest()
    assert (manifest.fetched, manifest.accepted, manifest.duplicates) == (2, 1, 1)
    assert pq.read_table(scene.store.path(manifest))["jobstatus"].to_pylist() == ["finished"]


# 17: the same document twice.


def test_mode_17_documents_that_are_equal_in_all_are_counted(own: Callable[..., Scene]) -> None:
    twins = {str(n): job(1 + n % 4, NOON) for n in range(12)}
    scene = own(twins, days_before(), twins).with_endpoint(page_size=3)
    scene.extract()
    scene.require_complete(["1", "2", "3", "4"])
    manifest = scene.manifest()
    assert (manifest.fetched, manifest.accepted, manifest.duplicates) == (24, 4, 20)


# 18: types that differ between indices.


def test_mode_18_number_kept_as_text_elsewhere_is_the_same_number(
    own: Callable[..., Scene],
) -> None:
    as_text = {**ALL["100"], "pandaid": 300, "attemptnr": "3"}
    mapping = retyped(attemptnr={"type": "keyword"})
    scene = own(ALL, days_before(as_text), mappings=(MAPPING, mapping))
    scene.extract()
    scene.require_complete([*IDS, "300"])
    rows = pq.read_table(scene.store.path(scene.manifest()), columns=["pandaid", "attemptnr"])
    assert (300, 3) in zip(*(column.to_pylist() for column in rows.columns), strict=True)


def test_mode_18_key_kept_as_text_elsewhere_is_the_same_key(own: Callable[..., Scene]) -> None:
    other = {"300": {**job(300, NOON), "pandaid": "300"}, "1": {**job(1, NOON), "pandaid": "1"}}
    mapping = retyped(pandaid={"type": "keyword"})
    scene = own(ALL, other, mappings=(MAPPING, mapping))
    if scene.endpoint.paging == "search_after":
        # No server sorts numbers and texts together: it says so, and we do.
        with scene.require_clean_failure(SourceRejected, "in order by endtime and pandaid"):
            scene.extract()
    else:
        scene.extract()
        scene.require_complete([*IDS, "300", "1"])


def test_mode_18_time_kept_as_text_elsewhere_is_refused(own: Callable[..., Scene]) -> None:
    mapping = retyped(endtime={"type": "keyword"})
    scene = own(ALL, days_before(job(300, NOON)), mappings=(MAPPING, mapping))
    with scene.require_clean_failure(SourceRejected, "'endtime' is .*keyword"):
        scene.extract()


def test_mode_18_times_in_other_forms_are_the_same_times(own: Callable[..., Scene]) -> None:
    millis = {"type": "date", "format": "epoch_millis"}
    at = 1_743_501_600_000  # 2025-04-01 10:00
    other = {**job(300, None), "endtime": at, "modificationtime": at, "statechangetime": at}
    late = {**job(905, None), "endtime": at + 86_400_000, "modificationtime": at}
    mapping = retyped(endtime=millis, modificationtime=millis, statechangetime=millis)
    scene = own(ALL, days_before(other, late) | {"902": other}, mappings=(MAPPING, mapping))
    scene.extract()
    scene.require_complete([*IDS, "300"])
    assert scene.manifest().duplicates == 1


# 19: new fields, missing ones.


def test_mode_19_new_field_is_kept_out_and_told(each_way: Scene) -> None:
    each_way.extract()
    assert any("surprise" in name for name in each_way.manifest().unmapped)


def test_mode_19_documents_without_a_key_are_quarantined_each(own: Callable[..., Scene]) -> None:
    bare = {name: value for name, value in job(0, NOON).items() if name != "pandaid"}
    keyless = {f"n{n}": {**bare, "pandaid": None} for n in range(5)}
    nameless = {f"m{n}": bare for n in range(5)}
    scene = own({**ALL, **keyless, **nameless}).with_endpoint(page_size=3)
    scene.extract()
    manifest = scene.manifest()
    assert manifest.promised == manifest.fetched == len(IDS) + 10
    assert manifest.accepted == len(IDS) - 1
    assert manifest.quarantined == 11


def test_mode_19_documents_without_a_key_that_is_kept_as_a_double_come_last(
    own: Callable[..., Scene],
) -> None:
    keyless = {f"n{n}": {**job(0, NOON), "pandaid": None} for n in range(5)}
    mapping = retyped(pandaid={"type": "double"})
    scene = own({**ALL, **keyless}, mappings=(mapping,)).with_endpoint(page_size=3)
    # An older server is read by key in a point in time, too.
    scene.proxy.always(acts.is_root, acts.answers(403, b"only searches"))
    scene.extract()
    assert scene.manifest().promised == scene.manifest().fetched == len(IDS) + 5


@pytest.mark.parametrize("shift", ["", "x"])
def test_mode_19_document_that_is_not_sound_is_quarantined_and_blocks_no_day(
    own: Callable[..., Scene], shift: str
) -> None:
    scene = own(ALL)
    # Such messages are quoted by their beginning, and cut amid a character of two bytes.
    text = json.dumps(job(300, NOON, exeerrordiag="\udc00"))
    odd = f'{{"jobname":"{shift}{"é" * 99}",{text[1:]}'
    scene.server.ask("PUT", f"/{scene.index[:-1]}0/_doc/300?refresh=true", odd.encode())
    scene.extract()
    manifest = scene.manifest()
    assert manifest.promised == manifest.fetched == len(IDS) + 1
    aside = pq.read_table(scene.store.quarantine_path(manifest))
    assert "is not JSON" in aside["reason"].to_pylist()


CUT = ("endtime", "statechangetime", "modificationtime", "pandaid")


def without(field: str) -> dict[str, Any]:
    """The usual mapping without a field, which documents then do not bring by themselves."""
    properties = {name: kind for name, kind in MAPPING["properties"].items() if name != field}
    return {"properties": properties, "dynamic": False}


@pytest.mark.parametrize("field", CUT)
def test_mode_19_index_that_lacks_a_field_of_the_cut_is_refused(
    own_once: Callable[..., Scene], field: str
) -> None:
    scene = own_once(ALL, mappings=(without(field),))
    with scene.require_clean_failure(SourceRejected, f"has no field '{field}': look at"):
        scene.extract()


@pytest.mark.parametrize("field", CUT)
def test_mode_19_where_only_searches_are_let_through_it_is_no_empty_day_either(
    own_once: Callable[..., Scene], field: str
) -> None:
    scene = own_once(ALL, mappings=(without(field),)).with_endpoint(paging="search_after")
    scene.proxy.always(lambda request: not acts.is_search(request), acts.answers(403))
    with scene.require_clean_failure(SourceRejected, rf"No mapping found for \[{field}\]"):
        scene.extract()


def test_mode_19_documents_that_all_lack_the_key_are_refused(
    own_once: Callable[..., Scene],
) -> None:
    renamed = {name: {**document, "new_id": int(name)} for name, document in ALL.items()}
    for document in renamed.values():
        del document["pandaid"]
    scene = own_once(renamed)
    with scene.require_clean_failure(SourceRejected, "none of 41 documents has pandaid"):
        scene.extract()


# 20: the door is shut in the middle.


@pytest.mark.parametrize("status", [401, 403])
def test_mode_20_refusal_in_the_middle_ends_it_at_once(each_way: Scene, status: int) -> None:
    each_way = each_way.with_endpoint(token="a-planted-secret")
    refusal = acts.refuses(status, "security_exception", "token a-planted-secret has expired")
    each_way.proxy.on(acts.is_later_page, refusal, times=1000)
    with each_way.require_clean_failure(SourceRefused, f"status {status}") as raised:
        each_way.extract()
    assert "a-planted-secret" not in str(raised.value)
    parallel = each_way.endpoint.parallel_requests
    assert len(each_way.proxy.seen(acts.is_later_page)) <= parallel


# 22: large pages, large documents.


@pytest.fixture
def small_answers(monkeypatch: pytest.MonkeyPatch) -> int:
    """An answer may have 40 kB in this test."""
    monkeypatch.setattr("gridlens.sources.opensearch.client.LARGEST_ANSWER", 40_000)
    return 40_000


@pytest.mark.usefixtures("small_answers")
def test_mode_22_page_that_is_too_large_is_asked_for_in_halves(own: Callable[..., Scene]) -> None:
    heavy = {str(n): job(n, NOON, exeerrordiag="x" * 4_000) for n in range(300, 340)}
    scene = own({**ALL, **heavy}).with_endpoint(page_size=32)
    scene.extract()
    scene.require_complete(ids_of_day({**ALL, **heavy}))


def test_mode_22_document_that_is_too_large_is_quarantined_by_its_id(
    own: Callable[..., Scene], small_answers: int
) -> None:
    huge = {"300": job(300, NOON, exeerrordiag="x" * (small_answers + 1))}
    scene = own({**ALL, **huge}).with_endpoint(page_size=32, patience_s=10.0)
    scene.extract()
    manifest = scene.manifest()
    aside = scene.store.quarantine_path(manifest)
    assert manifest.promised == manifest.fetched == len(IDS) + 1
    assert manifest.quarantined == 2
    assert any("too large" in reason for reason in pq.read_table(aside)["reason"].to_pylist())
    assert any('"300"' in text for text in pq.read_table(aside)["document"].to_pylist())
    # One page alone was of single documents.
    assert len(scene.pages()) < 40


# 23: indices that go or come while they are read.


def test_mode_23_index_that_goes_meanwhile_is_never_short_data(own: Callable[..., Scene]) -> None:
    gone = {str(n): job(n, NOON) for n in range(300, 330)}
    scene = own(ALL, gone)
    drop = acts.first(lambda: scene.server.drop(scene.index.replace("*", "1")))
    scene.proxy.on(acts.is_later_page, drop)
    scene.extract()
    scene.require_complete(IDS)


def test_mode_23_index_that_comes_meanwhile_is_read_whole_or_not_at_all(
    own: Callable[..., Scene],
) -> None:
    scene = own(ALL)
    more = {str(n): job(n, NOON) for n in range(300, 330)}

    def roll() -> None:
        scene.server.make(scene.index.replace("*", "1"))
        scene.server.put(scene.index.replace("*", "1"), more)

    scene.proxy.on(acts.is_later_page, acts.first(roll))
    scene.extract()
    with_it = ids_of_day({**ALL, **more})
    scene.require_complete(IDS if scene.endpoint.paging == "pit" else with_it)


# 24: midnight, in all spellings.

MIDNIGHT = "2025-04-02T00:00:00"
SPELLINGS: tuple[tuple[object, object], ...] = (
    # The last instant of DAY, and the first after it.
    ("2025-04-01T23:59:59.999", MIDNIGHT),
    ("2025-04-01 23:59:59", "2025-04-02 00:00:00"),
    ("2025-04-01T23:59:59.999Z", f"{MIDNIGHT}Z"),
    ("2025-04-02T01:59:59+02:00", "2025-04-02T02:00:00+02:00"),
    ("2025-04-01T18:59:59-05:00", "2025-04-01T19:00:00-05:00"),
    (1_743_551_999_999, 1_743_552_000_000),
    ("1743551999999", "1743552000000"),
)


def test_mode_24_midnight_is_in_exactly_one_slice_however_it_is_written(
    own: Callable[..., Scene],
) -> None:
    before = {str(n): job(n, last) for n, (last, _) in enumerate(SPELLINGS, 10)}
    after = {str(n): job(n, first) for n, (_, first) in enumerate(SPELLINGS, 30)}
    ends = {"1": job(1, DAY.start), "2": job(2, DAY.plus(2).start), "3": job(3, DAY.plus(-1).start)}
    scene = own({**before, **after, **ends})
    for day in (DAY, DAY.plus(1)):
        scene.extract(day)
    assert scene.kept(DAY) == sorted([*before, "1"])
    assert scene.kept(DAY.plus(1)) == sorted(after)


def test_mode_24_document_whose_day_the_index_sees_otherwise_is_in_no_slice_unseen(
    own: Callable[..., Scene],
) -> None:
    # Seconds where the index counts milliseconds: 1970 for the index, DAY for who reads them.
    seconds = 1_743_501_600
    odd = {**job(300, None), "endtime": seconds, "statechangetime": "2025-04-02 10:00:00"}
    scene = own(days_before(job(1, NOON), job(901, DAY.end), odd))
    kept = []
    for day in (DAY, DAY.plus(1)):
        scene.extract(day)
        kept += scene.kept(day)
    assert sorted(kept) == ["1", "300", "901"]

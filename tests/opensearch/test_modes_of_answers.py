"""Failure modes 1 to 8, 10, 11 and 13: answers that are late, short, wrong or not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fault_acts as acts
import pytest
from day_of_jobs import Scene, around_the_day, ids_of_day
from fault_proxy import Act, FaultProxy, When

from gridlens.errors import (
    GridlensError,
    Permanent,
    SettingsError,
    SourceRefused,
    SourceRejected,
    SourceUnavailable,
    Transient,
)
from gridlens.sources.opensearch.client import Client

IDS = ids_of_day(around_the_day())
BREAKS_OFF = acts.refuses(504, "timeout_exception")

# What goes by when the same is asked once more: mode, which request, what happens to it.
PASSING: dict[str, tuple[When, Act]] = {
    "01-reset-after-the-server-went-on": (acts.is_later_page, acts.resets_after),
    "01-reset-before-the-server-heard": (acts.is_later_page, acts.resets_before),
    "01-gateway-timeout-after-it-went-on": (acts.is_later_page, acts.fails_after(504)),
    "04-page-is-empty-too-early": (acts.is_later_page, acts.edits(acts.no_hits)),
    "04-page-lost-its-end": (acts.is_later_page, acts.edits(acts.hits_cut)),
    "04-page-lost-one-within": (acts.is_later_page, acts.edits(acts.one_hit_lost)),
    "04-page-promises-more": (acts.is_later_page, acts.edits(acts.total_plus(1))),
    "04-page-promises-less": (acts.is_later_page, acts.edits(acts.total_plus(-1))),
    "04-first-page-promises-less": (acts.is_page, acts.edits(acts.total_plus(-3))),
    "04-document-repeated": (acts.is_later_page, acts.edits(acts.hits_repeated)),
    "04-document-in-place-of-another": (acts.is_later_page, acts.edits(acts.hit_in_place)),
    "07-shard-failed": (acts.is_later_page, acts.edits(acts.shard_failed)),
    "07-all-shards-failed-on-first-page": (acts.is_page, acts.edits(acts.all_shards_failed)),
    "07-all-shards-failed-on-empty-page": (acts.is_later_page, acts.edits(acts.all_shards_failed)),
    "07-all-shards-failed-in-a-look": (acts.is_look, acts.edits(acts.all_shards_failed)),
    "07-shards-not-told": (acts.is_later_page, acts.edits(acts.without_shards)),
    "08-timed-out": (acts.is_later_page, acts.edits(acts.timed_out)),
    "08-timed-out-in-a-look": (acts.is_look, acts.edits(acts.timed_out)),
    "10-circuit-breaker": (acts.is_later_page, acts.refuses(429, "circuit_breaking_exception")),
    "11-unavailable": (acts.is_search, acts.refuses(503, "cluster_block_exception")),
    "11-too-early-for-a-proxy": (acts.is_search, acts.answers(425)),
    "11-given-up-by-a-proxy": (acts.is_search, acts.answers(499)),
    "11-unknown-to-a-proxy": (acts.is_search, acts.answers(520, b"<html>error</html>")),
    "11-bad-gateway": (acts.is_search, acts.answers(502, b"<html>bad gateway</html>")),
    "13-body-shorter-than-it-says": (acts.is_later_page, acts.truncates),
    "13-body-cut": (acts.is_later_page, acts.cuts_json),
    "13-body-cut-after-a-brace": (acts.is_later_page, acts.cuts_json_after_a_brace),
    "13-login-page": (acts.is_later_page, acts.shows_login_page),
    "13-body-cut-of-the-first-answer": (acts.is_root, acts.cuts_json_after_a_brace),
    "13-empty-body": (acts.is_later_page, acts.answers(200, content_type="application/json")),
}


# What is noticed before an answer is taken apart is the same in both ways of reading.
BEFORE = ("01", "10", "11", "13")


def in_its_ways(modes: Iterable[str]) -> pytest.MarkDecorator:
    """Each mode in each way of reading where the way matters; else in one of them by turns."""
    both = ("pit", "search_after")
    return pytest.mark.parametrize(
        ("paging", "mode"),
        [
            (way, mode)
            for n, mode in enumerate(modes)
            for way in ((both[n % 2],) if mode.startswith(BEFORE) else both)
        ],
    )


@pytest.mark.bar(8)
@in_its_ways(PASSING)
def test_mode_that_passes_leaves_the_day_complete(scene: Scene, paging: Any, mode: str) -> None:
    scene = scene.with_endpoint(paging=paging)
    when, act = PASSING[mode]
    scene.proxy.on(when, act)
    scene.extract()
    scene.require_complete(IDS)


# What does not go by: the task fails, of which class, with which words.
LASTING: dict[str, tuple[When, Act, type[GridlensError], str]] = {
    "01-gateway-timeout": (acts.is_later_page, BREAKS_OFF, SourceUnavailable, "status 504"),
    "04-page-is-empty-too-early": (
        acts.is_later_page,
        acts.edits(acts.no_hits),
        SourceUnavailable,
        "promised",
    ),
    "04-pages-promise-more": (
        acts.is_page,
        acts.edits(acts.total_plus(1)),
        SourceUnavailable,
        "promised",
    ),
    "04-document-in-place-of-another": (
        acts.is_later_page,
        acts.edits(acts.hit_in_place),
        SourceUnavailable,
        "order",
    ),
    "05-total-is-a-lower-bound": (
        acts.is_page,
        acts.edits(acts.total_is_capped),
        SourceRejected,
        "at least",
    ),
    "07-shard-failed": (
        acts.is_later_page,
        acts.edits(acts.shard_failed),
        SourceUnavailable,
        "1 of 4 shards failed",
    ),
    "07-shards-not-told": (
        acts.is_page,
        acts.edits(acts.without_shards),
        SourceUnavailable,
        "how many shards failed",
    ),
    "08-timed-out": (
        acts.is_later_page,
        acts.edits(acts.timed_out),
        SourceUnavailable,
        "ran out of time",
    ),
    "10-circuit-breaker": (
        acts.is_page,
        acts.refuses(429, "circuit_breaking_exception", "Data too large"),
        SourceUnavailable,
        "status 429: circuit_breaking_exception: Data too large",
    ),
    "11-unavailable": (
        acts.anything,
        acts.refuses(503, "cluster_block_exception"),
        SourceUnavailable,
        "status 503",
    ),
    "11-no-connection": (acts.anything, acts.resets_before, SourceUnavailable, "connection"),
    "13-body-cut": (acts.is_later_page, acts.cuts_json, SourceUnavailable, "cut short|not sound"),
    "13-body-cut-after-a-brace": (
        acts.is_later_page,
        acts.cuts_json_after_a_brace,
        SourceUnavailable,
        "cut short|not sound",
    ),
    "13-login-page": (
        acts.is_later_page,
        acts.shows_login_page,
        SourceRejected,
        "not JSON: text/html",
    ),
    "13-login-page-from-the-start": (
        acts.anything,
        acts.shows_login_page,
        SourceRejected,
        "not JSON: text/html",
    ),
    "13-redirect-to-a-login": (
        acts.is_page,
        acts.answers(302, location="https://login.example/"),
        SourceRefused,
        "redirect",
    ),
}


@pytest.mark.bar(8)
@in_its_ways(LASTING)
def test_mode_that_lasts_fails_the_task_and_changes_nothing(
    scene: Scene, paging: Any, mode: str
) -> None:
    scene = scene.with_endpoint(paging=paging, patience_s=0.3)
    when, act, error, words = LASTING[mode]
    scene.proxy.always(when, act)
    with scene.require_clean_failure(error, words):
        scene.extract()
    # Three readings of the day, the last two in pieces: many, but not without end.
    assert len(scene.proxy.requests) < 300


@pytest.mark.bar(8)
def test_day_that_failed_is_complete_once_the_server_has_mended(each_way: Scene) -> None:
    each_way.proxy.always(acts.is_later_page, acts.edits(acts.no_hits))
    with each_way.require_clean_failure(SourceUnavailable, "promised"):
        each_way.extract()
    each_way.proxy.heal()
    each_way.extract()
    each_way.require_complete(IDS)


def test_modes_branch_of_errors_tells_whether_to_try_again() -> None:
    assert issubclass(SourceUnavailable, Transient)
    assert issubclass(SourceRejected, Permanent)
    assert issubclass(SourceRefused, Permanent)


def test_mode_01_the_same_page_is_asked_for_again_not_the_next(each_way: Scene) -> None:
    each_way.proxy.on(acts.is_later_page, acts.resets_after)
    each_way.extract()
    pages = [str({**body, "pit": None}) for body in each_way.pages()]
    assert len(pages) - len(set(pages)) == 1


@pytest.mark.parametrize("page_size", [1, 7, 1000])
def test_mode_02_ties_in_time_lose_and_repeat_nothing(each_way: Scene, page_size: int) -> None:
    each_way = each_way.with_endpoint(page_size=page_size)
    each_way.extract()
    each_way.require_complete(IDS)
    assert all(body["track_total_hits"] is True for body in each_way.pages())


def test_fault_of_our_own_is_told_at_once_and_not_taken_for_the_answers(scene: Scene) -> None:
    with Client(scene.endpoint, scene.settings.slots) as client:
        with pytest.raises(UnicodeDecodeError):
            client.ask("GET", "/", read=lambda answer: b"\xc3".decode())
        assert client.requests == 1


def test_mode_10_who_waits_for_another_try_is_told_when_the_reading_is_over(scene: Scene) -> None:
    scene = scene.with_endpoint(patience_s=90.0)
    scene.proxy.always(
        acts.anything, acts.refuses(429, "circuit_breaking_exception", retry_after="60")
    )

    def told(client: Client) -> str:
        with pytest.raises(SourceUnavailable) as caught:
            client.request("GET", "/")
        return str(caught.value)

    with ThreadPoolExecutor() as threads:
        with Client(scene.endpoint, scene.settings.slots) as client:
            neighbour = threads.submit(told, client)
            while not scene.proxy.requests:
                time.sleep(0.01)
        assert "not asked again, as the reading is over" in neighbour.result()


@pytest.mark.parametrize(("version", "page_size"), [("3.2.0", 7), ("2.19.1", 3)])
def test_mode_03_older_server_is_read_by_key(scene: Scene, version: str, page_size: int) -> None:
    scene = scene.with_endpoint(paging="pit", page_size=page_size)

    def older(value: dict[str, Any]) -> None:
        value["version"]["number"] = version

    scene.proxy.always(acts.is_root, acts.edits(older))
    scene.extract()
    scene.require_complete(IDS)
    assert scene.pages()
    assert "_shard_doc" not in str(scene.pages())


def test_mode_03_version_that_is_not_told_is_an_older_one(scene: Scene) -> None:
    scene.proxy.always(acts.is_root, acts.answers(403, b"only searches"))
    scene.extract()
    scene.require_complete(IDS)
    assert "_shard_doc" not in str(scene.pages())


def test_mode_03_newer_server_is_read_by_place(scene: Scene) -> None:
    scene.extract()
    scene.require_complete(IDS)
    assert all(body["sort"] == [{"_shard_doc": "asc"}] for body in scene.pages())


def test_mode_03_place_that_is_refused_is_a_clean_failure(scene: Scene) -> None:
    refusal = acts.refuses(400, "query_shard_exception", "No mapping found for [_shard_doc]")
    scene.proxy.always(acts.is_page, refusal)
    with scene.require_clean_failure(SourceRejected, "No mapping found for"):
        scene.extract()


def test_mode_05_every_page_asks_for_the_whole_total(each_way: Scene) -> None:
    each_way.extract()
    assert {body["track_total_hits"] for body in each_way.pages()} == {True}


def test_mode_06_page_beyond_what_a_server_gives_is_refused_before_it_is_asked_for(
    scene: Scene,
) -> None:
    with pytest.raises(SettingsError, match="page_size is 10001: OpenSearch gives 1 to 10000"):
        scene.with_endpoint(page_size=10_001)


def test_mode_06_window_of_a_smaller_index_is_named(each_way: Scene, index: str) -> None:
    documents = around_the_day()
    each_way.server.make(index, max_result_window=50)
    each_way.server.put(index, documents)
    each_way = each_way.with_index(index).with_endpoint(page_size=51)
    with each_way.require_clean_failure(SourceRejected, "Result window is too large"):
        each_way.extract()
    each_way = each_way.with_endpoint(page_size=50)
    each_way.extract()
    each_way.require_complete(ids_of_day(documents))


def test_mode_07_partial_answers_are_refused_by_every_search(each_way: Scene) -> None:
    each_way.extract()
    searches = each_way.proxy.seen(acts.is_search)
    assert {s.params.get("allow_partial_search_results") for s in searches} == {"false"}


@pytest.mark.parametrize("status", [408, 429, 504, 524])
def test_mode_10_page_halves_under_pressure(each_way: Scene, status: int) -> None:
    each_way = each_way.with_endpoint(page_size=20, parallel_requests=1, patience_s=5.0)
    each_way.proxy.on(acts.is_page, acts.refuses(status, "rejected_execution_exception"), times=7)
    each_way.extract()
    # A document is left out for its size alone, never for a server that is busy.
    each_way.require_complete(IDS)
    assert [body["size"] for body in each_way.pages()][:8] == [20, 10, 5, 2, 1, 1, 1, 1]


def test_mode_10_page_halves_where_it_is_too_much_for_a_proxy(each_way: Scene) -> None:
    each_way = each_way.with_endpoint(page_size=20, parallel_requests=1, patience_s=5.0)
    each_way.proxy.on(acts.is_page, acts.answers(413), times=4)
    each_way.extract()
    each_way.require_complete(IDS)
    assert [body["size"] for body in each_way.pages()][:5] == [20, 10, 5, 2, 1]


def test_mode_10_where_even_one_document_is_too_much_no_time_is_lost(each_way: Scene) -> None:
    each_way = each_way.with_endpoint(page_size=20, parallel_requests=1, patience_s=300.0)
    each_way.proxy.always(acts.is_page, acts.answers(413))
    with each_way.require_clean_failure(SourceRejected, "status 413: .* is too much; have the"):
        each_way.extract()
    assert [body["size"] for body in each_way.pages()] == [20, 10, 5, 2, 1]


def test_mode_10_page_grows_again_when_the_pressure_is_over(each_way: Scene) -> None:
    each_way = each_way.with_endpoint(page_size=8, parallel_requests=1, patience_s=5.0)
    each_way.proxy.on(acts.is_page, acts.refuses(429, "rejected_execution_exception"), times=3)
    each_way.extract()
    each_way.require_complete(IDS)
    sizes = [body["size"] for body in each_way.pages()]
    assert sizes[:5] == [8, 4, 2, 1, 2]
    assert max(sizes[4:]) == 8


def test_mode_10_five_refusals_in_a_row_are_waited_out(each_way: Scene) -> None:
    each_way = each_way.with_endpoint(patience_s=10.0)
    each_way.proxy.on(acts.is_page, acts.refuses(429, "circuit_breaking_exception"), times=5)
    each_way.extract()
    each_way.require_complete(IDS)


def test_mode_10_server_that_says_when_is_not_asked_earlier(each_way: Scene) -> None:
    each_way = each_way.with_endpoint(parallel_requests=1, patience_s=10.0)
    refusal = acts.refuses(429, "rejected_execution_exception", retry_after="1")
    each_way.proxy.on(acts.is_page, refusal)
    each_way.extract()
    first, second = each_way.proxy.seen(acts.is_page)[:2]
    assert second.at - first.at >= 1


def test_mode_10_server_that_wants_more_patience_than_there_is_is_left_at_once(
    each_way: Scene,
) -> None:
    refusal = acts.refuses(429, "rejected_execution_exception", retry_after="3600")
    each_way.proxy.always(acts.is_page, refusal)
    with each_way.require_clean_failure(SourceUnavailable, "status 429"):
        each_way.extract()


def _refusing_for(scene: Scene, seconds: float) -> Callable[[Any], bool]:
    """Pages that come within so many seconds of the first."""

    def when(request: Any) -> bool:
        pages = scene.proxy.seen(acts.is_page)
        return acts.is_page(request) and request.at - pages[0].at < seconds

    return when


@pytest.mark.bar(10)
@pytest.mark.parametrize("seconds", [5.0, pytest.param(60.0, marks=pytest.mark.slow)])
def test_mode_10_refusals_for_a_while_are_survived(scene: Scene, seconds: float) -> None:
    scene = scene.with_endpoint(patience_s=5 * seconds)
    refusal = acts.refuses(429, "circuit_breaking_exception")
    scene.proxy.always(_refusing_for(scene, seconds), refusal)
    scene.extract()
    scene.require_complete(IDS)


def test_mode_11_second_host_serves_when_the_first_is_down(each_way: Scene) -> None:
    hosts = ("http://127.0.0.1:9", *each_way.endpoint.hosts)
    each_way = each_way.with_endpoint(hosts=hosts)
    each_way.extract()
    each_way.require_complete(IDS)


def test_mode_11_second_host_serves_when_the_first_is_not_ready(each_way: Scene) -> None:
    with FaultProxy(each_way.server.target) as starting:
        starting.always(acts.anything, acts.refuses(503, "cluster_manager_not_discovered"))
        scene = each_way.with_endpoint(hosts=(starting.url, *each_way.endpoint.hosts))
        scene.extract()
        scene.require_complete(IDS)


def test_mode_11_nothing_is_published_where_nothing_stood(scene: Scene) -> None:
    for file in scene.settings.slices.rglob("*.*"):
        file.unlink()
    scene = scene.with_endpoint(hosts=("http://127.0.0.1:9",))
    with scene.require_clean_failure(SourceUnavailable, r"no connection: .*Connection refused"):
        scene.extract()
    assert scene.files() == {}

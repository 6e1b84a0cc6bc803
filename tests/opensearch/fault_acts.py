"""What a fault proxy can do to a request, and how requests are told apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from fault_proxy import Act, Answer, Exchange, Request, passes

LOGIN_PAGE = b"<!DOCTYPE html><html><body>Sign in with single sign-on</body></html>"


# Requests, told apart.


def anything(request: Request) -> bool:
    """Every request."""
    return True


def is_search(request: Request) -> bool:
    """A search of any kind, with documents or without."""
    return request.path.endswith(("/_search", "/_msearch"))


def is_page(request: Request) -> bool:
    """A search that asks for documents in an order: one page of an extraction."""
    return is_search(request) and b'"sort"' in request.body and not is_look(request)


def is_later_page(request: Request) -> bool:
    """A page that goes on from another."""
    return is_page(request) and b'"search_after"' in request.body


def is_look(request: Request) -> bool:
    """A search without documents: how many there are, and how new."""
    return is_search(request) and b'"size":0' in _tight(request)


def is_root(request: Request) -> bool:
    """Asks which server this is."""
    return request.path in ("", "/")


def opens_pit(request: Request) -> bool:
    """Asks for a point in time."""
    return request.method == "POST" and request.path.endswith("/_search/point_in_time")


def closes_pit(request: Request) -> bool:
    """Gives a point in time back."""
    return request.method == "DELETE" and "/_search/point_in_time" in request.path


def _tight(request: Request) -> bytes:
    return request.body.replace(b" ", b"")


# Answers of our own.


def answers(status: int, body: bytes = b"", **headers: str) -> Act:
    """Answer this; the server behind never hears of it. ``retry_after="1"`` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def act(exchange: Exchange) -> None:
        exchange.answer(Answer(status, named, body))

    return act


def refuses(status: int, kind: str, reason: str = "as the test wants it", **headers: str) -> Act:
    """Answer with an error in the form of OpenSearch."""
    cause = {"type": kind, "reason": reason}
    body = Answer.of({"error": {"root_cause": [cause], **cause}, "status": status}).body
    return answers(status, body, content_type="application/json", **headers)


def shows_login_page(exchange: Exchange) -> None:
    """Answer 200 with the HTML of a single sign-on."""
    exchange.answer(Answer(200, {"content-type": "text/html"}, LOGIN_PAGE))


# Answers of the server behind, spoilt on their way.


def fails_after(status: int) -> Act:
    """Let the server do what was asked, and answer with this status in its place."""

    def act(exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(Answer(status, {}, b""))

    return act


def edits(change: Callable[[Any], None]) -> Act:
    """Let the server answer, change the JSON of it, hand it on."""

    def act(exchange: Exchange) -> None:
        answer = exchange.forward()
        value = answer.json()
        change(value)
        exchange.answer(Answer.of(value, answer.status))

    return act


def resets_before(exchange: Exchange) -> None:
    """Reset the connection; the server behind never hears of the request."""
    exchange.reset()


def resets_after(exchange: Exchange) -> None:
    """Let the server do what was asked, and reset the connection instead of answering."""
    exchange.forward()
    exchange.reset()


def truncates(exchange: Exchange) -> None:
    """Hand on the head and half of the body of the answer, then close."""
    answer = exchange.forward()
    exchange.answer(answer, kept=len(answer.body) // 2)


def cuts_json(exchange: Exchange) -> None:
    """Hand on half of the body as if it were the whole."""
    answer = exchange.forward()
    headers = {"content-type": "application/json"}
    exchange.answer(Answer(answer.status, headers, answer.body[: len(answer.body) // 2]))


def cuts_json_after_a_brace(exchange: Exchange) -> None:
    """Hand on the body up to the end of some document, as if it were the whole."""
    answer = exchange.forward()
    headers = {"content-type": "application/json"}
    end = answer.body.rindex(b"}", 0, len(answer.body) - 4) + 1
    exchange.answer(Answer(answer.status, headers, answer.body[:end]))


def delays(seconds: float) -> Act:
    """Pass on, later."""
    return first(lambda: time.sleep(seconds))


def first(deed: Callable[[], object], then: Act = passes) -> Act:
    """Do something, then act."""

    def act(exchange: Exchange) -> None:
        deed()
        then(exchange)

    return act


# Changes of a search's answer.


def timed_out(value: dict[str, Any]) -> None:
    """The search ran out of time and has some of its hits."""
    value["timed_out"] = True
    value["hits"]["hits"] = value["hits"]["hits"][:-1]


def shard_failed(value: dict[str, Any]) -> None:
    """One shard failed and its hits are not there."""
    shards = value["_shards"]
    shards |= {"failed": 1, "successful": shards["successful"] - 1}
    reason = {"type": "node_disconnected_exception", "reason": "gone"}
    shards["failures"] = [{"shard": 0, "index": "any", "reason": reason}]
    value["hits"]["hits"] = value["hits"]["hits"][::2]


def all_shards_failed(value: dict[str, Any]) -> None:
    """All shards failed: a page without hits, and a total of nothing."""
    shard_failed(value)
    value["_shards"] |= {"failed": value["_shards"]["total"], "successful": 0}
    value["hits"] |= {"hits": [], "total": {"value": 0, "relation": "eq"}}


def without_shards(value: dict[str, Any]) -> None:
    """A proxy on the way has left out what it did not know."""
    del value["_shards"]


def total_is_capped(value: dict[str, Any]) -> None:
    """The total is a lower bound, as it is by default above 10,000."""
    value["hits"]["total"]["relation"] = "gte"


def total_plus(more: int) -> Callable[[dict[str, Any]], None]:
    """The total promises more, or fewer, than there are."""

    def change(value: dict[str, Any]) -> None:
        value["hits"]["total"]["value"] += more

    return change


def hits_cut(value: dict[str, Any]) -> None:
    """The page has lost the last half of its hits."""
    hits = value["hits"]["hits"]
    value["hits"]["hits"] = hits[: len(hits) // 2]


def one_hit_lost(value: dict[str, Any]) -> None:
    """The page has lost its first hit."""
    del value["hits"]["hits"][:1]


def hit_in_place(value: dict[str, Any]) -> None:
    """The last hit of the page is not there, the first one twice: the number is right."""
    hits = value["hits"]["hits"]
    hits[:] = [*hits[:1], *hits[:-1]]


def no_hits(value: dict[str, Any]) -> None:
    """The page is empty, too early."""
    value["hits"]["hits"] = []


def hits_repeated(value: dict[str, Any]) -> None:
    """The first hit of the page stands there twice."""
    hits = value["hits"]["hits"]
    hits.insert(0, hits[0])

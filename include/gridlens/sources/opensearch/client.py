"""Requests to one OpenSearch: polite, patient within bounds, and clear about what went wrong."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from gridlens.endpoint import Endpoint
from gridlens.errors import SourceRejected, SourceUnavailable
from gridlens.sources.opensearch.answer import (
    Answer,
    AskAgain,
    NotJson,
    TooLarge,
    TooMuch,
    judged,
)
from gridlens.sources.opensearch.slots import Slots
from gridlens.sources.opensearch.trust import tls, untrusted

log = logging.getLogger(__name__)

Body: TypeAlias = Mapping[str, Any] | bytes | None
# What to ask instead, after a try that came to nothing.
Adapt: TypeAlias = Callable[[Body, AskAgain], Body]

T = TypeVar("T")

# An answer of more bytes is asked for in smaller pages: memory is bounded by the page.
LARGEST_ANSWER = 64 * 2**20
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
# A login page does not turn into OpenSearch by waiting.
_MOST_NOT_JSON = 3


class Client:
    """One OpenSearch. Safe to use from several threads; use it as a context manager.

    Args:
        endpoint: where and how.
        slots: folder of the locks that cap the requests.

    Attributes:
        endpoint: as given.
        requests: answers so far, good and bad.
        retries: tries after one that came to nothing.
        received: bytes of all bodies.
    """

    def __init__(self, endpoint: Endpoint, slots: Path) -> None:
        self.endpoint = endpoint
        self.requests = self.retries = self.received = 0
        self._slots = Slots(
            slots, endpoint.name, endpoint.parallel_requests, endpoint.requests_per_second
        )
        self._pool = urllib3.PoolManager(
            num_pools=len(endpoint.hosts),
            maxsize=endpoint.parallel_requests,
            headers=_headers(endpoint),
            timeout=urllib3.Timeout(connect=min(10.0, endpoint.timeout_s), read=endpoint.timeout_s),
            retries=False,
            ssl_context=tls(endpoint),
        )
        self._host = 0
        self._lock = threading.Lock()
        self._is_closed = threading.Event()

    def __enter__(self) -> Client:
        """The client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections; who waits in another thread for another try gets none."""
        self._is_closed.set()
        self._pool.clear()

    @property
    def address(self) -> str:
        """Where requests go now, for messages."""
        endpoint = self.endpoint
        return f"{endpoint.name} ({endpoint.hosts[self._host]}{endpoint.path_prefix})"

    def request(
        self,
        method: str,
        path: str,
        body: Body = None,
        params: Mapping[str, str] | None = None,
        *,
        patience_s: float | None = None,
    ) -> Answer:
        """The answer itself, which is sound JSON; else as ``ask``."""
        return self.ask(method, path, body, params, read=_sound, patience_s=patience_s)

    def ask(
        self,
        method: str,
        path: str,
        body: Body = None,
        params: Mapping[str, str] | None = None,
        *,
        read: Callable[[Answer], T],
        adapt: Adapt = lambda body, why: body,
        patience_s: float | None = None,
    ) -> T:
        """Ask until there is a sound answer, or patience ends.

        Args:
            method: of HTTP.
            path: below the endpoint's prefix, ``/_search``.
            body: JSON values, or bytes of lines of JSON.
            params: of the URL.
            read: makes something of the answer; may raise ``AskAgain`` if that cannot be done.
            adapt: what to ask after a try that came to nothing; smaller, perhaps.
            patience_s: longest time for all tries; by default the endpoint's.

        Raises:
            SourceUnavailable: no sound answer came in that time, or the client was closed.
            SourceRefused: login, token or certificate are not accepted.
            SourceRejected: the server will not do it, or is no OpenSearch.
        """
        target = path + (f"?{urlencode(params)}" if params else "")
        end = time.monotonic() + (self.endpoint.patience_s if patience_s is None else patience_s)
        tries = not_json = 0
        while True:
            what = f"{self.address}: {method} {path}"
            try:
                return read(self._once(method, target, body))
            except AskAgain as again:
                tries += 1
                not_json += isinstance(again, NotJson)
                if not_json >= _MOST_NOT_JSON:
                    raise _no_opensearch(what, again) from None
                less = adapt(body, again)
                if isinstance(again, TooMuch) and less == body:
                    raise _too_much(what, again) from None
                self._wait(what, again, tries, end)
                body = less
            with self._lock:
                self.retries += 1

    def _wait(self, what: str, again: AskAgain, tries: int, end: float) -> None:
        """Sleep until the next try, or raise if there shall be none."""
        longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(tries - 1, 10))
        # Who failed together must not come back together.
        wait = max(longest * (0.5 + random.random() / 2), again.after_s)  # noqa: S311 - no secret hangs on it
        if time.monotonic() + wait > end:
            raise SourceUnavailable(
                f"{what}: no sound answer in {tries} tries: {again.why}; try again later"
            ) from None
        log.warning("%s: %s; again in %.1f s", what, again.why, wait)
        if self._is_closed.wait(wait):
            raise SourceUnavailable(
                f"{what}: {again.why}; not asked again, as the reading is over"
            ) from None

    def _once(self, method: str, target: str, body: Body) -> Answer:
        host = self._host
        try:
            return self._tried(host, method, target, body)
        except AskAgain:
            with self._lock:
                # Whoever failed there at the same time must not turn back to it.
                if self._host == host:
                    self._host = (host + 1) % len(self.endpoint.hosts)
            raise

    def _tried(self, host: int, method: str, target: str, body: Body) -> Answer:
        sent = json.dumps(body).encode() if isinstance(body, Mapping) else body
        kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
        where = f"{self.address}: {method} {target.partition('?')[0]}"
        url = self.endpoint.hosts[host] + self.endpoint.path_prefix + target
        try:
            with self._slots.one():
                status, headers, received = self._exchange(method, url, sent, kind)
        except SSLError as error:
            raise untrusted(where, error) from None
        except HTTPError as error:
            raise AskAgain(_words(error), pressure=isinstance(error, ReadTimeoutError)) from None
        return judged(where, status, headers, received, self.endpoint.hidden)

    def _exchange(
        self, method: str, url: str, sent: bytes | None, kind: str
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {**self._pool.headers, "content-type": kind}
        answer = self._pool.request(
            method, url, body=sent, headers=headers, preload_content=False, redirect=False
        )
        try:
            received = answer.read(_bound(answer.headers), decode_content=True)
            if len(received) > LARGEST_ANSWER:
                answer.close()
        finally:
            answer.release_conn()
        with self._lock:
            self.requests += 1
            self.received += len(received)
        if len(received) > LARGEST_ANSWER:
            raise TooLarge(f"the answer has more than {LARGEST_ANSWER:,} bytes", pressure=True)
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, received


def _bound(headers: Mapping[str, str]) -> int | None:
    """The most to read of a body; None where it says itself that it is small enough.

    A bounded read copies the body once more.
    """
    said = headers.get("content-length", "")
    is_small = said.isdigit() and int(said) <= LARGEST_ANSWER
    return None if is_small and "content-encoding" not in headers else LARGEST_ANSWER + 1


def _no_opensearch(what: str, again: AskAgain) -> SourceRejected:
    return SourceRejected(
        f"{what}: {again.why}: a login page or a proxy answers in its place; "
        "look at the connection's host, path prefix and token"
    )


def _too_much(what: str, again: AskAgain) -> SourceRejected:
    return SourceRejected(
        f"{what}: {again.why}: even the least that we ask for at once is too much; "
        "have the limit of the server, or of the proxy before it, raised"
    )


def _sound(answer: Answer) -> Answer:
    answer.json()
    return answer


def _headers(endpoint: Endpoint) -> dict[str, str]:
    # The cluster's people see in their task list who asks.
    headers = {"accept": "application/json", "x-opaque-id": "gridlens"}
    if endpoint.compress:
        headers["accept-encoding"] = "gzip"
    if endpoint.authorization:
        headers["authorization"] = endpoint.authorization
    return headers


def _words(error: HTTPError) -> str:
    """What went wrong on the way, without the pool's own address in memory."""
    if isinstance(error, ReadTimeoutError):
        return "no answer in time"
    # To urllib3 a refused connection is one that timed out, too.
    if isinstance(error, NewConnectionError):
        return "no connection: " + str(error).rpartition(": ")[2]
    if isinstance(error, ConnectTimeoutError):
        return "no connection in time"
    return f"the connection broke: {str(error)[:120]}"

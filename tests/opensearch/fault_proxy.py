"""A proxy that does harm on a script: it stands between an extraction and a real OpenSearch.

A test writes down which request meets which act, and reads afterwards what was asked for. What
no rule names goes through untouched.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# With no time to linger, closing a socket sends RST: what a dying machine or a firewall sends.
_NO_LINGER = struct.pack("ii", 1, 0)
# These belong to one connection, not to the message that it carries (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_PATIENCE_S = 60


@dataclass(frozen=True)
class Request:
    """One request as it came in.

    Attributes:
        method: ``GET``, ``POST``, …
        path: without its query and without the proxy's own prefix.
        params: the query.
        headers: by lower-cased name.
        body: as sent.
        at: when it came, on a clock that only goes on, in seconds.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def target(self) -> str:
        """Path and query as the server behind gets them."""
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.path}?{query}" if query else self.path

    def json(self) -> Any:
        """The body, as JSON; an empty one is an empty object."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Answer:
    """One answer; headers by lower-cased name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, value: Any, status: int = 200) -> Answer:
        """An answer with this value as JSON, as tight as OpenSearch writes it."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, {"content-type": "application/json"}, body)

    def json(self) -> Any:
        """The body, as JSON, unpacked if it was sent compressed."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


When = Callable[[Request], bool]
Act = Callable[["Exchange"], None]


@dataclass
class _Rule:
    when: When
    act: Act
    due: range
    met: int = 0


class Exchange:
    """One request under way: what an act may do with it."""

    def __init__(self, request: Request, handler: BaseHTTPRequestHandler, target: str) -> None:
        self.request = request
        self._handler, self._target = handler, target

    def forward(self) -> Answer:
        """Let the server behind answer."""
        link = http.client.HTTPConnection(self._target, timeout=_PATIENCE_S)
        sent = {n: v for n, v in self.request.headers.items() if n not in (*_HOP_BY_HOP, "host")}
        try:
            link.request(self.request.method, self.request.target, self.request.body or None, sent)
            got = link.getresponse()
            headers = {name.lower(): value for name, value in got.getheaders()}
            return Answer(got.status, headers, got.read())
        finally:
            link.close()

    def answer(self, answer: Answer, *, kept: int | None = None) -> None:
        """Answer the client; with ``kept``, break off after so many bytes of the body."""
        handler = self._handler
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            if name not in _HOP_BY_HOP:
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(answer.body)))
        handler.end_headers()
        if self.request.method != "HEAD":
            handler.wfile.write(answer.body[:kept])
        if kept is not None:
            handler.close_connection = True

    def reset(self) -> None:
        """Tear the client's connection down, without a word."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._handler.close_connection = True


@dataclass
class _Log:
    """What came in, and how much of it at once."""

    requests: list[Request] = field(default_factory=list)
    # A rule may ask what was seen so far, in the middle of being asked itself.
    lock: threading.RLock = field(default_factory=threading.RLock)
    now: int = 0
    most_at_once: int = 0


class FaultProxy:
    """The proxy itself; a context manager that serves while it is open.

    Args:
        target: ``host:port`` of the server behind.
        tls: makes the proxy a TLS front.
        prefix: path that all requests must begin with, as behind a shared front door.
    """

    def __init__(self, target: str, *, tls: ssl.SSLContext | None = None, prefix: str = "") -> None:
        self.target, self.prefix = target, prefix
        self.scheme = "https" if tls else "http"
        self._rules: list[_Rule] = []
        self._log = _Log()
        self._failures: list[BaseException] = []
        self._server = _Server(self)
        if tls:
            # The handshake waits for the connection's own thread: one bad client stops no other.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def url(self) -> str:
        """Where it listens, without the prefix."""
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in the order in which they came."""
        with self._log.lock:
            return list(self._log.requests)

    @property
    def most_at_once(self) -> int:
        """Most requests that were under way at the same time."""
        return self._log.most_at_once

    def seen(self, when: When) -> list[Request]:
        """The requests so far of which that holds."""
        return [request for request in self.requests if when(request)]

    def on(self, when: When, act: Act, *, nth: int = 1, times: int = 1) -> None:
        """Let the n-th request of which ``when`` holds meet that act, and so many after it."""
        self._rules.append(_Rule(when, act, range(nth, nth + times)))

    def always(self, when: When, act: Act) -> None:
        """Let every request of which ``when`` holds meet that act, where no other rule is due."""
        self._rules.append(_Rule(when, act, range(1, 2**31)))

    def heal(self) -> None:
        """Forget all rules, and what was seen."""
        with self._log.lock:
            self._rules.clear()
            self._log.requests.clear()
            self._log.most_at_once = 0

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self._failures:
            raise self._failures[0]

    def serve(self, request: Request, handler: BaseHTTPRequestHandler) -> None:
        """Serve one request: by the first rule that is due, else by passing it on."""
        act = self._come(request)
        try:
            act(Exchange(request, handler, self.target))
        finally:
            with self._log.lock:
                self._log.now -= 1

    def failed(self, error: BaseException) -> None:
        """Keep what went wrong in a connection's thread, to be raised in the test's own."""
        self._failures.append(error)

    def _come(self, request: Request) -> Act:
        with self._log.lock:
            log = self._log
            log.requests.append(request)
            log.now += 1
            log.most_at_once = max(log.most_at_once, log.now)
            met = [rule for rule in self._rules if rule.when(request)]
            for rule in met:
                rule.met += 1
            return next((rule.act for rule in met if rule.met in rule.due), passes)


def passes(exchange: Exchange) -> None:
    """The act of every request that no rule names."""
    exchange.answer(exchange.forward())


class _Server(ThreadingHTTPServer):
    """One thread a connection; an end of the proxy ends them all."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # Closed without the farewell of the base class: that would send FIN before any RST.
        self._open.discard(request)
        request.close()

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            # Shut down, not closed: only this wakes the thread that reads from it.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that hangs up, or refuses our certificate, is what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one segment: else each answer waits for the client's delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path.removeprefix(proxy.prefix),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
        )
        try:
            if not parts.path.startswith(proxy.prefix):
                Exchange(request, self, proxy.target).answer(Answer(404, {}, b"no such door"))
                return
            proxy.serve(request, self)
        except (OSError, http.client.HTTPException):
            # The server behind is down or broke off: the client meets what it would meet there.
            Exchange(request, self, proxy.target).reset()
        except Exception as error:
            proxy.failed(error)
            raise

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 (the names that http.server asks for)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the proxy keeps the requests themselves."""

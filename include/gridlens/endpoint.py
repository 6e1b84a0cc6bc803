"""One OpenSearch: how to reach it, who we are there, and how gently we ask."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, quote, quote_plus, urlsplit

from gridlens.errors import SettingsError

Paging = Literal["auto", "pit", "search_after"]

# OpenSearch refuses larger pages (index.max_result_window).
LARGEST_PAGE = 10_000
_SECRET = frozenset({"login", "password", "token"})


@dataclass(frozen=True)
class Endpoint:
    """Everything that a client must know of one OpenSearch.

    Attributes:
        name: as ``sources.toml`` calls it; also the name of the Airflow connection.
        hosts: ``https://os1.example:9200`` and others, tried in turn.
        login: user of Basic authentication, with
        password: the password; or
        token: a bearer token.
        path_prefix: what a proxy has before every path, ``/os``.
        ca_file: certificates that are trusted instead of the machine's own.
        client_cert: our own certificate, with
        client_key: its key, if that is another file.
        verify: whether the server's certificate and name are checked.
        paging: ``pit``, ``search_after``, or ``auto``: the first where the server lets us.
        page_size: most documents in one answer.
        parallel_requests: most requests at once, over all processes of this machine.
        requests_per_second: most requests in a second, over all processes of this machine.
        timeout_s: longest wait for one answer, in seconds.
        patience_s: longest time for all tries of one request together, in seconds.
        keep_alive_s: how long the server keeps a point in time between two pages, in seconds.
        compress: ask for gzip: less network, more work on both sides.
    """

    name: str
    hosts: tuple[str, ...]
    login: str = ""
    password: str = ""
    token: str = ""
    path_prefix: str = ""
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    verify: bool = True
    paging: Paging = "auto"
    page_size: int = LARGEST_PAGE
    parallel_requests: int = 2
    requests_per_second: float = 20.0
    timeout_s: float = 60.0
    patience_s: float = 300.0
    keep_alive_s: int = 300
    compress: bool = False

    def __post_init__(self) -> None:
        if not self.hosts:
            raise SettingsError(f"endpoint {self.name}: hosts is empty: name at least one")
        for host in self.hosts:
            _check_host(self.name, host)
        if not re.fullmatch(r"(/[^/?#\s]+)*", self.path_prefix):
            raise SettingsError(f"endpoint {self.name}: path_prefix is not of the form /os")
        if self.token and self.login:
            raise SettingsError(f"endpoint {self.name}: give a token or a login, not both")
        if not re.fullmatch(r"[!-~]*", self.token):
            raise SettingsError(
                f"endpoint {self.name}: token has characters that no header can carry: "
                "look for a space or an end of line in it"
            )
        if self.paging not in get_args(Paging):
            raise SettingsError(
                f"endpoint {self.name}: paging is '{self.paging}': it must be one of "
                f"{', '.join(get_args(Paging))}"
            )
        if not 1 <= self.page_size <= LARGEST_PAGE:
            raise SettingsError(
                f"endpoint {self.name}: page_size is {self.page_size}: OpenSearch gives 1 to "
                f"{LARGEST_PAGE} documents a page"
            )
        for field in _POSITIVE:
            # Of NaN nothing is true, and no clock waits for ever.
            if not 0 < getattr(self, field) < math.inf:
                raise SettingsError(f"endpoint {self.name}: {field} must be above 0, and finite")

    @classmethod
    def parse(cls, name: str, text: str) -> Endpoint:
        """Read a JSON object with these fields; else as ``of``.

        Raises:
            SettingsError: a field is unknown, missing or not of its kind. Values are never told.
        """
        try:
            given = json.loads(text)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise SettingsError(
                f"endpoint {name} is not a JSON object: write it like "
                '{"hosts": ["https://os.example:9200"], "token": "…"}'
            )
        return cls.of(name, given)

    @classmethod
    def of(cls, name: str, given: dict[str, Any]) -> Endpoint:
        """The endpoint with these fields.

        ``hosts`` may be one text. Slashes at the end of an address, or around the path prefix, are
        as good as none.

        Raises:
            SettingsError: a field is unknown, missing or not of its kind. Values are never told.
        """
        kinds = {f.name: type(f.default) for f in fields(cls) if f.name not in ("name", "hosts")}
        if unknown := sorted(given.keys() - kinds.keys() - {"hosts"}):
            raise SettingsError(
                f"endpoint {name}: unknown field '{unknown[0]}'; "
                f"there are hosts, {', '.join(kinds)}"
            )
        values: dict[str, Any] = {
            field: _of_kind(name, field, value, kinds[field])
            for field, value in given.items()
            if field != "hosts"
        }
        prefix = values.get("path_prefix", "").strip("/")
        values["path_prefix"] = f"/{prefix}" if prefix else ""
        return cls(name, _hosts(name, given.get("hosts", [])), **values)

    @property
    def authorization(self) -> str:
        """The header that says who we are; empty without a login."""
        if self.token:
            return f"Bearer {self.token}"
        if not self.login:
            return ""
        # OpenSearch reads it as UTF-8.
        return "Basic " + b64encode(f"{self.login}:{self.password}".encode()).decode()

    def hidden(self, text: str) -> str:
        """The text without password and token, in any of the forms that an answer may repeat."""
        secrets = [self.password, self.token, self.authorization.partition(" ")[2]]
        forms = {f for s in secrets if s for f in (s, quote(s, ""), quote_plus(s), _in_json(s))}
        if not forms:
            return text
        # The longest first: a secret within another would leave the other's rest.
        every = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        return re.sub(every, "***", text, flags=re.IGNORECASE)

    def __repr__(self) -> str:
        """All but the secrets."""
        return f"Endpoint({self.name!r}, hosts={self.hosts!r}, …)"


_POSITIVE = (
    "parallel_requests",
    "requests_per_second",
    "timeout_s",
    "patience_s",
    "keep_alive_s",
)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _hosts(name: str, given: object) -> tuple[str, ...]:
    hosts = [given] if isinstance(given, str) else given
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        raise SettingsError(
            f"endpoint {name}: hosts is neither an address, https://os.example:9200, nor a list "
            "of them"
        )
    return tuple(host.rstrip("/") for host in hosts)


def _check_host(name: str, host: str) -> None:
    parts = _parts(host)
    if parts is None:
        raise SettingsError(f"endpoint {name}: a host is not of the form https://os.example:9200")
    if "@" in parts.netloc:
        raise SettingsError(
            f"endpoint {name}: a host holds a login: give login and password as fields"
        )
    if parts.path or parts.query or parts.fragment:
        raise SettingsError(f"endpoint {name}: a host holds a path: give it as path_prefix")


def _parts(host: str) -> SplitResult | None:
    """An address in parts; None if it is none."""
    try:
        parts = urlsplit(host)
        port = parts.port  # an error where it is no number, or above 65535
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    return parts if is_web and re.fullmatch(r"\S+", host) else None


def _of_kind(name: str, field: str, value: object, kind: type) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        told = "" if field in _SECRET else f" '{value}'"
        raise SettingsError(f"endpoint {name}: {field}{told} is not of type {kind.__name__}")
    return value

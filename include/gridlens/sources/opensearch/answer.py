"""What a server answered, judged: sound, to be asked again, or wrong for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gridlens.errors import SourceRefused, SourceRejected, SourceUnavailable

# It has too much to do, or too much at once: ask for less.
PRESSURE = frozenset({408, 413, 429, 504, 524})
# However long we wait, this much is too much.
TOO_MUCH = 413
# The server, or a proxy before it, is busy or restarting; 499 and from 520 on are of proxies alone.
AGAIN = PRESSURE | {425, 499, 500, 502, 503, *range(520, 524)}
# The point in time is gone, whatever the status says.
LOST = "search_context_missing_exception"
# Indices keep a field in types that cannot be compared: told as a fault of the server, it lasts.
MIXED = "class_cast_exception"
_SHOWN = 200


class Rejected(SourceRejected):
    """The server understood the request and will not do it.

    Attributes:
        status: of HTTP.
        kind: OpenSearch's type of the error, ``index_not_found_exception``; empty if it has none.
    """

    def __init__(self, message: str, status: int = 0, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


class ReadAgain(SourceUnavailable):
    """What was read of a day is not one state of it: it has to be read again from its start."""


@dataclass(frozen=True)
class Answer:
    """A sound answer.

    Attributes:
        status: of HTTP, below 400.
        headers: with names in lower case.
        body: as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as values.

        Raises:
            AskAgain: it is not sound JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise not_sound(error) from error


class AskAgain(Exception):
    """This try came to nothing; another may do better.

    Attributes:
        why: in words, without secrets.
        after_s: how long the server asks us to wait.
        pressure: whether a smaller question may help.
    """

    def __init__(self, why: str, after_s: float = 0.0, *, pressure: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.after_s = after_s
        self.pressure = pressure


class NotJson(AskAgain):
    """An answer from something that is not OpenSearch, a login page perhaps."""


class TooMuch(AskAgain):
    """More at once than the server, or a proxy, lets through; only a smaller question helps."""


class TooLarge(TooMuch):
    """An answer of more bytes than we hold."""


def not_sound(error: ValueError) -> AskAgain:
    """What to raise of an answer whose text cannot be decoded, or is not JSON."""
    return AskAgain(f"the answer is not sound JSON: {str(error)[:80]}")


def judged(
    where: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    hidden: Callable[[str], str] = str,
) -> Answer:
    """The answer, if it is sound.

    Args:
        where: what was asked of whom, for messages.
        status: of HTTP.
        headers: with names in lower case.
        body: as it came.
        hidden: takes secrets out of what the server says, which may repeat ours.

    Raises:
        AskAgain: it may be better next time.
        SourceRefused: login or token are not accepted.
        Rejected: the server will not do it.
    """
    said = _shortened(hidden(_said(body))) if status >= 400 else ""
    if status in AGAIN and _kind(body) not in (LOST, MIXED):
        after = _seconds(headers.get("retry-after", ""))
        kind_of = TooMuch if status == TOO_MUCH else AskAgain
        raise kind_of(f"status {status}: {said}", after_s=after, pressure=status in PRESSURE)
    if status in (401, 403):
        what = "login or token is not accepted" if status == 401 else "we lack the permission"
        raise SourceRefused(f"{where}: {what} (status {status}): {said}")
    if 300 <= status < 400:
        raise SourceRefused(
            f"{where}: is answered with a redirect (status {status}), as login pages are: "
            "look at the connection's host, path prefix and token"
        )
    if status >= 400:
        raise Rejected(f"{where}: status {status}: {said}", status, _kind(body))
    kind = headers.get("content-type", "no content type").partition(";")[0].strip()
    if not kind.endswith("json"):
        raise NotJson(f"the answer is not JSON: {kind}")
    if not body.rstrip().endswith((b"}", b"]")):
        raise AskAgain("the answer is cut short")
    return Answer(status, headers, body)


def _seconds(text: str) -> float:
    """Seconds of a Retry-After header; 0 where it is a date or absent."""
    return float(text) if text.strip().isdigit() else 0.0


def _error(body: bytes) -> dict[str, Any]:
    try:
        error = json.loads(body).get("error")
    except (ValueError, AttributeError):
        return {}
    if not isinstance(error, dict):
        return {"reason": str(error)} if error else {}
    causes = error.get("root_cause") or [error.get("caused_by") or error]
    return causes[0] if isinstance(causes[0], dict) else error


def _kind(body: bytes) -> str:
    return str(_error(body).get("type", ""))


def _said(body: bytes) -> str:
    """What the server says is wrong, in its own words."""
    error = _error(body)
    said = f"{error.get('type', '')}: {error.get('reason', '')}".strip(": ")
    if not said and body[:1] not in (b"{", b"<"):
        said = body.decode("utf-8", "replace")
    return said


def _shortened(said: str) -> str:
    """One line of it, not too long."""
    return " ".join(said.split())[:_SHOWN] or "no reason is given"

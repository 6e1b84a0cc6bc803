"""Links of replication rules' traffic that are slow, failing or lopsided for a time."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from gridlens.twin.history.anomalies.catalogue import Note
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import DAY_S, Transfer
from gridlens.twin.history.rules import REASONS, failed_attempt

SPELL_S = 6 * 3_600
BUSY_LINKS, EVEN_LINKS = 24, 12  # to choose from, the busiest first
USUAL_BYTES_PER_S = 4.2e7
FAILING_SHARE = 0.8

Link = tuple[str, str]


@dataclass(frozen=True)
class Trouble:
    """What befalls a link in a span of time, and how badly."""

    note: Note
    since: int
    until: int
    factor: float
    reason: str


class TroubledLinks:
    """The links that are in trouble on one day."""

    def __init__(self, rng: random.Random, day_start: int) -> None:
        self._rng = rng
        self._troubles = _troubles(rng, day_start)
        self._met: set[Note] = set()

    @property
    def notes(self) -> list[Note]:
        """The troubles that any transfer has met so far."""
        return sorted(self._met)

    def upon(self, transfers: Iterable[Transfer]) -> Iterator[Transfer]:
        """The same transfers as they went in reality; failed attempts that this adds come last."""
        added: list[Transfer] = []
        for transfer in transfers:
            trouble = self._troubles.get((transfer.src_site or "", transfer.dst_site or ""))
            if trouble and trouble.since <= transfer.started < trouble.until:
                self._met.add(trouble.note)
                added += _EFFECTS[trouble.note[0]](self._rng, transfer, trouble)
            yield transfer
        yield from added


def _troubles(rng: random.Random, day_start: int) -> dict[Link, Trouble]:
    busy, even = _candidates()
    (slow, failing), (src, dst) = rng.sample(busy, 2), rng.choice(even)
    chosen = {
        "slow_link": (slow, slow, (25.0, 80.0), SPELL_S),
        "failing_link": (failing, failing, (1.0, 1.0), SPELL_S),
        # Named after the heavy way; it is the way back that carries little.
        "asymmetric_link": ((src, dst), (dst, src), (25.0, 50.0), DAY_S),
    }
    troubles: dict[Link, Trouble] = {}
    for kind, (named, link, factors, length) in chosen.items():
        since = day_start + rng.randrange(0, DAY_S - length + 1, 3_600)
        note = (kind, "links", ">".join(named))
        troubles[link] = Trouble(
            note, since, since + length, rng.uniform(*factors), rng.choice(REASONS)
        )
    return troubles


@cache
def _candidates() -> tuple[list[Link], list[Link]]:
    """Busy links, and those that carry up to twice as much as their way back; none is both."""
    traffic: dict[Link, float] = defaultdict(float)
    for link in platform().links:
        if link.src != link.dst and "UNKNOWN" not in (link.src, link.dst):
            traffic[link.src, link.dst] += math.sqrt(link.weight)
    ways = sorted(traffic, key=lambda way: (-traffic[way], way))
    back = {way: traffic.get(way[::-1], 0.0) for way in ways}
    even = [way for way in ways if back[way] <= traffic[way] <= 2 * back[way]][:EVEN_LINKS]
    busy = [way for way in ways if way not in even and way[::-1] not in even][:BUSY_LINKS]
    return busy, even


def _slow_down(rng: random.Random, transfer: Transfer, trouble: Trouble) -> list[Transfer]:
    if transfer.state == "DONE":
        rate = USUAL_BYTES_PER_S / (trouble.factor * rng.uniform(0.85, 1.2))
        transfer.ended = transfer.started + 1 + int((transfer.size or 0) / rate)
    return []


def _shrink(rng: random.Random, transfer: Transfer, trouble: Trouble) -> list[Transfer]:
    took = (transfer.ended or transfer.started) - transfer.started
    transfer.size = int((transfer.size or 0) / trouble.factor)
    if transfer.state == "DONE":
        transfer.ended = transfer.started + 1 + int(took / trouble.factor)
    return []


def _fail(rng: random.Random, transfer: Transfer, trouble: Trouble) -> list[Transfer]:
    if transfer.state != "DONE" or rng.random() >= FAILING_SHARE:
        return []
    attempts = [transfer]
    for _ in range(rng.randrange(1, 4)):
        failed = replace(failed_attempt(rng, attempts[-1]), reason=trouble.reason, retries=None)
        attempts[-1].retries = failed.transfer_id
        attempts.append(failed)
    return attempts[1:]


_EFFECTS: Mapping[str, Callable[[random.Random, Transfer, Trouble], list[Transfer]]] = {
    "slow_link": _slow_down,
    "failing_link": _fail,
    "asymmetric_link": _shrink,
}

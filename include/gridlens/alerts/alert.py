"""The life of an alert: pending, open, acknowledged, closed; and who is still to be told. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from gridlens.alerts.condition import Condition

Event = Literal["opened", "closed"]
# A mailbox that was away longer is not told of what has passed since.
NEWS = timedelta(days=1)
# No look takes longer: one that is further ahead has come from a wrong clock.
LONGEST_LOOK = timedelta(hours=1)
# What was found in a day stays written: such alerts end when the day is looked at no more.
_FINDINGS = frozenset({"volume", "expectation", "drift"})


@dataclass(frozen=True)
class Alert:
    """One alert, as a row of raw.alerts; the columns are described there.

    Times are naive UTC. It is pending until ``opened_at`` is set, and over once ``closed_at`` is.
    """

    alert_id: str
    key: str
    kind: str
    severity: str
    day: date | None
    table_name: str | None
    message: str
    next_step: str
    seen_at: datetime
    last_seen_at: datetime
    times_seen: int = 1
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    closed_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """What it tells of still lasts."""
        return self.closed_at is None

    @property
    def state(self) -> str:
        """pending, open, acknowledged or closed; the latter three as mart.alerts says them."""
        if self.opened_at is None:
            return "pending"
        if self.closed_at is not None:
            return "closed"
        return "acknowledged" if self.acknowledged_at else "open"

    @property
    def newest(self) -> datetime:
        """The last look that has changed it."""
        return max(self.last_seen_at, self.closed_at or self.last_seen_at)


class Notice(NamedTuple):
    """That a channel has been told of an alert's opening or closing."""

    alert_id: str
    channel: str
    event: Event


class Changes(NamedTuple):
    """Alerts to write, and pending ones to forget."""

    put: list[Alert]
    drop: list[Alert]


def looked(
    alerts: Sequence[Alert], conditions: Iterable[Condition], now: datetime, *, whole: bool = True
) -> Changes:
    """What a look at the warehouse changes.

    A condition opens one alert, which is updated when it says something else and closed when it is
    gone; one that comes back opens another. A pending alert whose condition is gone is forgotten.
    A look that is older than one already written changes nothing, unless that has come from a
    clock that was wrong (`is_ahead`).

    Args:
        alerts: all alerts there are, or at least the live ones and those of the same keys.
        conditions: what is wrong, as seen at ``now``; one a key.
        now: when the look began, naive UTC.
        whole: all could be looked at; else nothing is known to be gone.
    """
    if any(now < alert.newest <= now + LONGEST_LOOK for alert in alerts):
        return Changes([], [])
    wrong = {c.key: c for c in conditions}
    live = {a.key: a for a in alerts if a.is_live}
    before = Counter(a.key for a in alerts)
    seen = [
        _again(live[key], c, now) if key in live else _first(c, before[key] + 1, now)
        for key, c in wrong.items()
    ]
    # What is as it was is not written: each write makes a state of the lake.
    put = [alert for alert in seen if alert is not live.get(alert.key)]
    gone = [alert for key, alert in live.items() if whole and key not in wrong]
    closed = [replace(alert, closed_at=now) for alert in gone if alert.opened_at]
    return Changes(put + closed, [alert for alert in gone if not alert.opened_at])


def _first(condition: Condition, number: int, now: datetime) -> Alert:
    alert = Alert(
        alert_id=f"{condition.key}#{number}",
        key=condition.key,
        kind=condition.kind,
        severity=condition.severity,
        day=condition.day.date if condition.day else None,
        table_name=condition.table or None,
        message=condition.message,
        next_step=condition.next_step,
        seen_at=now,
        last_seen_at=now,
    )
    return alert if condition.patience else replace(alert, opened_at=now)


def is_ahead(alerts: Iterable[Alert], now: datetime) -> bool:
    """Whether some look was written by a clock that was ahead of this one's."""
    return any(alert.newest > now + LONGEST_LOOK for alert in alerts)


def _again(alert: Alert, condition: Condition, now: datetime) -> Alert:
    seen_at = min(alert.seen_at, now)
    is_due = now - seen_at >= condition.patience
    same = replace(
        alert,
        severity=condition.severity,
        message=condition.message,
        next_step=condition.next_step,
        seen_at=seen_at,
        last_seen_at=min(alert.last_seen_at, now),
        opened_at=alert.opened_at or (now if is_due else None),
    )
    if same == alert:
        return alert
    return replace(same, last_seen_at=now, times_seen=alert.times_seen + 1)


def acknowledged(
    alerts: Iterable[Alert], key: str, *, by: str, note: str | None, now: datetime
) -> Alert | None:
    """The open alert of that key or id, acknowledged; None: there is none.

    Args:
        alerts: the alerts there are.
        key: key of a condition, or id of an alert.
        by: who, as a hash.
        note: what they say; None: nothing.
        now: naive UTC.
    """
    for alert in alerts:
        if key in (alert.key, alert.alert_id) and alert.is_live and alert.opened_at:
            return replace(alert, acknowledged_at=now, acknowledged_by=by, note=note)
    return None


def owed(
    alerts: Iterable[Alert],
    told: frozenset[Notice],
    channel: str,
    now: datetime,
    first: date = date.min,
) -> Iterator[tuple[Alert, Event]]:
    """What this channel is still to be told: each alert once when opened and once when closed.

    Acknowledged ones are left out: somebody knows. An alert that closed before its opening could
    be told is told once, as closed, while it is news. Findings in days before ``first``, which
    are looked at no more, end without a word: nobody has mended them.
    """
    for alert in sorted(alerts, key=lambda a: (a.seen_at, a.alert_id)):
        if alert.opened_at is None or alert.acknowledged_at:
            continue
        if alert.closed_at and alert.kind in _FINDINGS and alert.day and alert.day < first:
            continue
        event: Event = "opened" if alert.is_live else "closed"
        if Notice(alert.alert_id, channel, event) in told:
            continue
        knows = Notice(alert.alert_id, channel, "opened") in told
        if alert.closed_at is None or knows or now - alert.closed_at < NEWS:
            yield alert, event

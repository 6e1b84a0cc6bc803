"""What people are told of alerts: one message for all that a look has to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gridlens.alerts.alert import Alert, Event
from gridlens.message import Message


def letter(news: Sequence[tuple[Alert, Event]]) -> Message:
    """The message that tells of these openings and closings, which are at least one."""
    opened = [alert for alert, event in news if event == "opened"]
    closed = [alert for alert, event in news if event == "closed"]
    counts = [
        f"{len(some)} {word}" for some, word in ((opened, "open"), (closed, "closed")) if some
    ]
    subject = f"gridlens: {', '.join(counts)}: {(opened or closed)[0].message}"
    parts = [_opened(alert) for alert in opened] + [_closed(alert) for alert in closed]
    return Message(subject, "\n\n".join(parts), [_values(alert, event) for alert, event in news])


def _opened(alert: Alert) -> str:
    return (
        f"OPEN ({alert.severity}) {alert.message}\n  next: {alert.next_step}\n"
        f"  known: gridlens alerts ack {alert.key} --by NAME"
    )


def _closed(alert: Alert) -> str:
    return f"CLOSED {alert.message}\n  open since {_time(alert.opened_at)}"


def _values(alert: Alert, event: Event) -> dict[str, str | None]:
    return {
        "event": event,
        "alert_id": alert.alert_id,
        "kind": alert.kind,
        "severity": alert.severity,
        "day": str(alert.day) if alert.day else None,
        "table": alert.table_name,
        "message": alert.message,
        "next_step": alert.next_step,
        "opened_at": _time(alert.opened_at),
        "closed_at": _time(alert.closed_at),
    }


def _time(at: datetime | None) -> str | None:
    return f"{at.isoformat(timespec='seconds')}Z" if at else None

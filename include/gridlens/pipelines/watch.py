"""Look for what is wrong, keep the alerts, and tell people of what is new."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from gridlens.alerts import Alert, Changes, Condition, Notice, letter, looked, owed
from gridlens.channel import Channel
from gridlens.errors import SendingFailed
from gridlens.matching import Reading
from gridlens.pipelines.alerts import TABLE
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.conditions import conditions
from gridlens.pipelines.findings import Finding
from gridlens.pipelines.models import models
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import loaded_days
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import Lake, writer_lock

log = logging.getLogger(__name__)

NOTICES = "alert_notices"


def watch(
    settings: Settings, now: datetime | None = None, *, waiting: Sequence[Finding] = ()
) -> Report:
    """Look once: open, update and close alerts, then tell each channel what is new to it.

    The alerts are written before anybody is told. Each channel is told of an alert once when it
    opens and once when it closes; what a channel does not take, the next look sends again. Should
    a process die between sending and noting so, the message comes twice.

    Args:
        settings: where everything rests, the limits, and the channels.
        now: time of the look, naive UTC; None: now.
        waiting: what the scheduler tells of runs that wait; it is no part of the warehouse.

    Returns:
        A report with the numbers of open, acknowledged and closed alerts, and of messages sent.

    Raises:
        SendingFailed: some channel did not take its message; the alerts are kept.
        WarehouseBusy: another process writes, or tells people, for longer than the timeout.
    """
    timer = Stopwatch()
    now = now or datetime.now(UTC).replace(tzinfo=None)
    if not (loaded_days(SliceStore(settings.slices)) or waiting):
        note = f"no day is known in {settings.home}: there is nothing to look at"
        return Report("watch", None, {"open": 0}, (note,), timer.seconds)
    lake = open_lake(settings)
    lake.initialise(models(Reading()).values())
    before = _live(lake)
    found = [*conditions(settings, now), *map(_waiting, waiting)]
    if found or before:
        lake.revise(TABLE, lambda rows: _rows(looked([Alert(**r) for r in rows], found, now)))
    sent = _tell(settings, lake, now)
    numbers = {**dict(_states(lake)), **sent}
    return Report("watch", None, numbers, tuple(c.message for c in found), timer.seconds)


def _waiting(found: Finding) -> Condition:
    return Condition("waiting", "critical", None, found.where, found.what, found.mend)


def _rows(changes: Changes) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return [asdict(a) for a in changes.put], [asdict(a) for a in changes.drop]


def _live(lake: Lake) -> int:
    with lake.reader() as con:
        row = con.execute("select count(*) from raw.alerts where closed_at is null").fetchone()
    return int(row[0]) if row else 0


def _states(lake: Lake) -> list[tuple[str, int]]:
    with lake.reader() as con:
        asked = "select state, count(*) from mart.alerts group by state"
        found = dict(con.execute(asked).fetchall())
    return [(state, found.get(state, 0)) for state in ("open", "acknowledged", "closed")]


def _tell(settings: Settings, lake: Lake, now: datetime) -> dict[str, int]:
    """Send what each channel is owed; all of them are tried before a failure is told."""
    if not settings.channels:
        return {}
    failed: list[SendingFailed] = []
    sent = 0
    settings.alerts.mkdir(parents=True, exist_ok=True)
    # One at a time: who waits reads afterwards what the other has sent.
    with writer_lock(settings.alerts, settings.lock_timeout_s):
        alerts, told = _told(lake)
        for name, channel in sorted(settings.channels.items()):
            try:
                sent += _send(lake, name, channel, alerts, told, now)
            except SendingFailed as error:
                log.warning("%s", error)
                failed.append(error)
    if failed:
        raise SendingFailed("; ".join(map(str, failed)))
    return {"messages": sent}


def _send(
    lake: Lake,
    name: str,
    channel: Channel,
    alerts: Sequence[Alert],
    told: frozenset[Notice],
    now: datetime,
) -> int:
    news = list(owed(alerts, told, name, now))
    if not news:
        return 0
    channel.send(letter(news))
    notices = [
        {"alert_id": alert.alert_id, "channel": name, "event": event, "sent_at": now}
        for alert, event in news
    ]
    lake.revise(NOTICES, lambda rows: (notices, []))
    return 1


def _told(lake: Lake) -> tuple[list[Alert], frozenset[Notice]]:
    with lake.reader() as con:
        alerts: Sequence[Mapping[str, Any]] = (
            con.execute("select * from raw.alerts").to_arrow_table().to_pylist()
        )
        notices = con.execute(f"select alert_id, channel, event from raw.{NOTICES}").fetchall()
    return [Alert(**row) for row in alerts], frozenset(Notice(*row) for row in notices)

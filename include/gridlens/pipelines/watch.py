"""Look for what is wrong, keep the alerts, and tell people of what is new."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from gridlens.alerts import Alert, Condition, Notice, letter, looked, owed
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
from gridlens.pipelines.task_runs import recorded
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import Lake, RawRow, writer_lock

log = logging.getLogger(__name__)

NOTICES = "alert_notices"


@recorded("watch")
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
    found = [*conditions(settings, now), *map(_waiting, waiting)]
    alerts = _keep(lake, found, now)
    sent = _tell(settings, lake, now)
    states = Counter(alert.state for alert in alerts)
    numbers = {state: states[state] for state in ("open", "acknowledged", "closed")} | sent
    return Report("watch", None, numbers, tuple(c.message for c in found), timer.seconds)


def _waiting(found: Finding) -> Condition:
    return Condition("waiting", "critical", None, found.where, found.what, found.mend)


def _keep(lake: Lake, found: Sequence[Condition], now: datetime) -> list[Alert]:
    """Bring the alerts to what was found; all there are then."""
    kept: dict[str, Alert] = {}

    def change(rows: Sequence[RawRow]) -> tuple[list[RawRow], list[RawRow]]:
        alerts = [Alert(**row) for row in rows]
        put, drop = looked(alerts, found, now)
        gone = {alert.alert_id for alert in drop}
        kept.clear()
        kept.update({a.alert_id: a for a in [*alerts, *put] if a.alert_id not in gone})
        return [asdict(a) for a in put], [asdict(a) for a in drop]

    lake.revise(TABLE, change)
    return list(kept.values())


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
        alerts: Sequence[RawRow] = (
            con.execute(f"select * from raw.{TABLE}").to_arrow_table().to_pylist()
        )
        notices = con.execute(f"select alert_id, channel, event from raw.{NOTICES}").fetchall()
    return [Alert(**row) for row in alerts], frozenset(Notice(*row) for row in notices)

"""Look for what is wrong, keep the alerts, and tell people of what is new."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import duckdb

from gridlens.alerts import Alert, Condition, Event, Notice, is_ahead, letter, looked, owed
from gridlens.channel import Channel
from gridlens.errors import SendingFailed, SliceError
from gridlens.matching import Reading
from gridlens.pipelines.alerts import TABLE
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.conditions import Look, conditions, limits_of
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
    if not (waiting or _is_any_day_known(settings)):
        note = f"no day is known in {settings.home}: there is nothing to look at"
        return Report("watch", None, {"open": 0}, (note,), timer.seconds)
    lake = open_lake(settings)
    with lake.step(models(Reading()).values()) as con:
        seen = conditions(con, settings, now)
        look = seen._replace(found=[*seen.found, *map(_waiting, waiting)])
        alerts = _keep(lake, con, look, now)
        sent = _tell(settings, lake, con, now)
    states = Counter(alert.state for alert in alerts)
    numbers = {state: states[state] for state in ("open", "acknowledged", "closed")} | sent
    return Report("watch", None, numbers, tuple(c.message for c in look.found), timer.seconds)


def _is_any_day_known(settings: Settings) -> bool:
    try:
        return bool(loaded_days(SliceStore(settings.slices)))
    except SliceError:  # some day is, and the look says what is wrong with it
        return True


def _waiting(found: Finding) -> Condition:
    return Condition("waiting", "critical", None, found.where, found.what, found.mend)


def _keep(lake: Lake, con: duckdb.DuckDBPyConnection, look: Look, now: datetime) -> list[Alert]:
    """Bring the alerts to what was found; all there are then."""
    kept: dict[str, Alert] = {}

    def change(rows: Sequence[RawRow]) -> tuple[list[RawRow], list[RawRow]]:
        alerts = [Alert(**row) for row in rows]
        if is_ahead(alerts, now):
            log.warning("an earlier look's clock was ahead: set the clocks of all workers right")
        put, drop = looked(alerts, look.found, now, whole=look.is_whole)
        gone = {alert.alert_id for alert in drop}
        kept.clear()
        kept.update({a.alert_id: a for a in [*alerts, *put] if a.alert_id not in gone})
        return [asdict(a) for a in put], [asdict(a) for a in drop]

    lake.revise(TABLE, change, by=con)
    return list(kept.values())


def _tell(
    settings: Settings, lake: Lake, con: duckdb.DuckDBPyConnection, now: datetime
) -> dict[str, int]:
    """Send what each channel is owed; all of them are tried before a failure is told."""
    if not settings.channels:
        return {}
    failed: list[SendingFailed] = []
    sent = 0
    settings.alerts.mkdir(parents=True, exist_ok=True)
    # One at a time: who waits reads afterwards what the other has sent.
    with writer_lock(settings.alerts, settings.lock_timeout_s):
        alerts, told = _told(con)
        first = limits_of(settings).first_day(now).date
        for name, channel in sorted(settings.channels.items()):
            try:
                news = list(owed(alerts, told, name, now, first))
                sent += bool(news)
                _send(lake, con, name, channel, news, now)
            except SendingFailed as error:
                log.warning("%s", error)
                failed.append(error)
    if failed:
        raise SendingFailed("; ".join(map(str, failed)))
    return {"messages": sent}


def _send(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    name: str,
    channel: Channel,
    news: Sequence[tuple[Alert, Event]],
    now: datetime,
) -> None:
    if not news:
        return
    channel.send(letter(news))
    notices = [
        {"alert_id": alert.alert_id, "channel": name, "event": event, "sent_at": now}
        for alert, event in news
    ]
    lake.replace(raw_rows={NOTICES: notices}, by=con)


def _told(con: duckdb.DuckDBPyConnection) -> tuple[list[Alert], frozenset[Notice]]:
    rows = con.execute(f"select * from raw.{TABLE}").to_arrow_table().to_pylist()
    notices = con.execute(f"select alert_id, channel, event from raw.{NOTICES}").fetchall()
    return [Alert(**row) for row in rows], frozenset(Notice(*row) for row in notices)

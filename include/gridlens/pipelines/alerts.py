"""The alerts for people: a list of them, and the word of one who knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import duckdb

from gridlens.alerts import Alert, acknowledged
from gridlens.errors import NotFound
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.settings import Settings
from gridlens.sources import keyed_hash
from gridlens.warehouse import ALERTS, RawRow

TABLE = "alerts"


def alert_lines(settings: Settings, *, closed: bool = False) -> list[str]:
    """Open and acknowledged alerts, each with its next step on a line of its own.

    Args:
        settings: where the warehouse is.
        closed: those that are over, too.

    Raises:
        NotFound: there is no warehouse, or nobody has looked yet.
    """
    where = "" if closed else "where state <> 'closed'"
    with open_lake(settings).reader() as lake:
        require_looked(lake)
        rows = lake.execute(
            "select state, severity, opened_at, split_part(alert_id, '#', 1), message, next_step, "
            f"coalesce(note, '') from {ALERTS.name} {where}"
        ).fetchall()
    return [
        f"{state:<12} {severity:<8} {opened_at:%Y-%m-%d %H:%M}  {key}\n  {message}\n"
        f"  next: {next_step}" + (f"\n  note: {note}" if note else "")
        for state, severity, opened_at, key, message, next_step, note in rows
    ]


def acknowledge(settings: Settings, key: str, by: str, note: str | None = None) -> Report:
    """Say that an open alert is known: it stays in the list, and nobody is told of it any more.

    Args:
        settings: where the warehouse is, and the key of the hash.
        key: as the list has it.
        by: who says so; a keyed hash of it is kept, as of all names of people.
        note: what to remember.

    Raises:
        NotFound: there is no such alert, or no warehouse.
        SettingsError: there is no key for the hash.
    """
    watch = Stopwatch()
    who = keyed_hash(settings.secret(), by)
    lake = open_lake(settings)
    with lake.reader() as con:
        require_looked(con)
    found: list[Alert] = []

    def change(rows: Sequence[RawRow]) -> tuple[list[RawRow], list[RawRow]]:
        alerts, now = [Alert(**row) for row in rows], datetime.now(UTC).replace(tzinfo=None)
        known = acknowledged(alerts, key, by=who, note=note, now=now)
        found[:] = [known] if known else []
        return [asdict(one) for one in found], []

    lake.revise(TABLE, change)
    if not found:
        raise NotFound(f"no alert '{key}' is open: `gridlens alerts` lists those that are")
    return Report("alerts ack", None, {"alert": found[0].alert_id}, (), watch.seconds)


def require_looked(lake: duckdb.DuckDBPyConnection) -> None:
    """Refuse a warehouse of an earlier version, which has no alerts.

    Raises:
        NotFound: nobody has looked yet.
    """
    asked = "select 1 from duckdb_tables() where database_name = 'lake' and table_name = ?"
    if not lake.execute(asked, [TABLE]).fetchone():
        raise NotFound("nobody has looked for alerts yet: `gridlens watch` does")

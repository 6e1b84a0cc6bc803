"""From the state of the warehouse to what is wrong with it. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

from gridlens.alerts.condition import Condition
from gridlens.window import Day

VOLUME = "volume_ratio"
RETRIED = timedelta(hours=1)  # Airflow's five tries take forty minutes
OLD_BACKUP = timedelta(days=2)
NEXT_UPKEEP = timedelta(days=1, hours=2)  # after days without a change none is made


@dataclass(frozen=True)
class Limits:
    """When what is wrong is worth a word.

    Attributes:
        deadline: how long after a day's end it must be complete.
        stale_after: how long a day that was complete may stay stale.
        days: how many of the last days are looked at; older ones are history, and get late no
            more. Who was told that a day is late is told no end before it is there.
    """

    deadline: timedelta = timedelta(hours=12)
    stale_after: timedelta = timedelta(hours=6)
    days: int = 14

    def first_day(self, now: datetime) -> Day:
        """The oldest day that is looked at, ``days`` before today."""
        return Day(now.date()).plus(-self.days)


@dataclass(frozen=True)
class DaySeen:
    """A day as ``gridlens status`` tells of it.

    Attributes:
        day: the day.
        state: missing, unavailable, empty, stale, edge or complete.
        was_whole: each step has computed it once.
        because: why it is stale; empty where it is not.
    """

    day: Day
    state: str
    was_whole: bool = False
    because: str = ""


@dataclass(frozen=True)
class Found:
    """What somebody else has found wrong with a day of a table.

    Attributes:
        table: without its schema.
        day: the day.
        what: the rule, expectation or field.
        status: ``warn`` or ``fail``.
        message: the finding in words.
    """

    table: str
    day: Day
    what: str
    status: Literal["warn", "fail"]
    message: str


def days_behind(
    days: Iterable[DaySeen], now: datetime, limits: Limits, late: Set[date] = frozenset()
) -> Iterator[Condition]:
    """Days that are late, and days that were complete and hold no more.

    A day that was never whole is late as soon as its deadline has passed; one that was, and is
    stale now, is given the time in which settling mends it.

    Args:
        days: the days, in any order.
        now: the time of the look, naive UTC.
        limits: the deadline, and the patience with stale days.
        late: days with a live alert that says so; they are late until they are there.
    """
    for seen in days:
        if seen.state == "stale" and seen.was_whole:
            yield _stale(seen, limits)
        elif seen.state in ("missing", "stale") and (
            seen.day.date in late or _is_late(seen.day, now, limits)
        ):
            yield _late(seen, limits)


def _is_late(day: Day, now: datetime, limits: Limits) -> bool:
    return day >= limits.first_day(now) and now >= day.end + limits.deadline


def _late(seen: DaySeen, limits: Limits) -> Condition:
    hours = limits.deadline / timedelta(hours=1)
    why = f"its state is {seen.state}{f', {seen.because}' if seen.because else ''}"
    return Condition(
        "late",
        "critical",
        seen.day,
        "",
        f"{seen.day} is not complete {hours:g} hours after its end: {why}",
        f"look at the run of {seen.day} of gridlens_daily, or `gridlens run-day {seen.day}`",
    )


def _stale(seen: DaySeen, limits: Limits) -> Condition:
    return Condition(
        "stale",
        "warning",
        seen.day,
        "",
        f"{seen.day} is stale, and nothing has settled it: {seen.because}",
        "look at the last run of gridlens_settle, or `gridlens settle`",
        limits.stale_after,
    )


def broken_contracts(found: Iterable[Found]) -> Iterator[Condition]:
    """Slices that break their contract, one condition a table and day; none of it is loaded."""
    for table, day, broken in _by_slice(found):
        yield Condition(
            "contract",
            "critical",
            day,
            table,
            f"{table} {day} breaks its contract and is not loaded: {_told(broken)}",
            f"mend the source or its field map and `gridlens run-day {day}`; if the data are "
            f"right, change the rule in contracts/{table}.toml",
        )


def out_of_bounds(found: Iterable[Found]) -> Iterator[Condition]:
    """Expectations that warn or fail: volumes by themselves, all others of a slice together."""
    listed = list(found)
    for kind in ("volume", "expectation"):
        of_kind = [f for f in listed if (f.what == VOLUME) == (kind == "volume")]
        for table, day, broken in _by_slice(of_kind):
            yield Condition(
                "volume" if kind == "volume" else "expectation",
                "critical" if any(f.status == "fail" for f in broken) else "warning",
                day,
                table,
                f"{table} {day}: {_told(broken)}",
                f"compare with `gridlens source check` and the days before; `gridlens run-day "
                f"{day}` fetches it again",
            )


def drifted_columns(found: Iterable[Found]) -> Iterator[Condition]:
    """Slices whose documents have other fields than those of the day before."""
    for table, day, fields in _by_slice(found):
        yield Condition(
            "drift",
            "warning",
            day,
            table,
            f"{table} {day}: {_told(fields)}",
            f'compare with the field map of {table}: `gridlens sql "from raw.drift_events where '
            f"day = '{day}'\"`",
        )


def unreadable_slices(message: str) -> Condition:
    """The manifest of a slice is torn: nothing is known of the days that it counts for."""
    return Condition(
        "damaged",
        "critical",
        None,
        "slices",
        f"alerts cannot tell which days are whole: {message}",
        "`gridlens doctor` tells of all such files, with the commands that mend them",
    )


def failed_steps(errors: Mapping[str, str]) -> Iterator[Condition]:
    """Steps whose last run has failed, and that were not done again within the hour.

    Args:
        errors: what the last run of each failed with, by the step's name.
    """
    for step, error in sorted(errors.items()):
        yield Condition(
            "failed",
            "critical",
            None,
            step,
            f"the last run of '{step}' has failed: {error}",
            "`gridlens doctor` says what is wrong; then clear the failed task in Airflow",
            RETRIED,
        )


def old_backup(made_at: datetime, now: datetime) -> Iterator[Condition]:
    """The last backup is older than two days, and upkeep does not make another.

    Args:
        made_at: when a backup was made of a state that is not the present one, naive UTC.
        now: the time of the look, naive UTC.
    """
    if now - made_at > OLD_BACKUP:
        yield Condition(
            "failed",
            "critical",
            None,
            "backup",
            f"the last backup was made on {made_at:%Y-%m-%d at %H:%M}, over two days ago",
            "look at the last runs of gridlens_upkeep, or `gridlens upkeep`",
            NEXT_UPKEEP,
        )


def drifted_workload(notes: Sequence[str]) -> Iterator[Condition]:
    """The jobs of the last days are not like those that the generator's champion learned from."""
    if notes:
        yield Condition(
            "drift",
            "warning",
            None,
            "workload",
            f"the workload has drifted: {_joined(notes)}",
            "look at the last run of refit_generator, or `gridlens generator drift`",
        )


def _by_slice(found: Iterable[Found]) -> Iterator[tuple[str, Day, list[Found]]]:
    def key(one: Found) -> tuple[str, Day]:
        return one.table, one.day

    ordered = sorted(found, key=lambda f: (*key(f), f.what, f.message))
    for (table, day), group in groupby(ordered, key):
        yield table, day, list(group)


def _told(found: Sequence[Found]) -> str:
    return _joined([f"{one.what}: {one.message}" for one in found])


def _joined(texts: Sequence[str], most: int = 3) -> str:
    """A few of them in one line, and how many more there are."""
    more = f" (and {len(texts) - most} more)" if len(texts) > most else ""
    return " ".join("; ".join(texts[:most]).split()) + more

"""Alerts from their first sight to their end, held against a slow reading of the same history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridlens.alerts import Alert, Condition, Event, Notice, acknowledged, is_ahead, looked, owed
from gridlens.window import Day

START = datetime.fromisoformat("2025-04-03T12:00:00")
HOUR = timedelta(hours=1)
LATE = Condition("late", "critical", Day.parse("2025-04-02"), "", "not there", "look")
STALE = Condition("stale", "warning", Day.parse("2025-04-01"), "", "changed", "settle", 2 * HOUR)


def after(looks: Sequence[Sequence[Condition]], alerts: Sequence[Alert] = ()) -> list[Alert]:
    """All alerts after looks an hour apart."""
    kept = {alert.alert_id: alert for alert in alerts}
    for n, conditions in enumerate(looks):
        put, drop = looked(list(kept.values()), conditions, START + n * HOUR)
        kept |= {alert.alert_id: alert for alert in put}
        for alert in drop:
            del kept[alert.alert_id]
    return list(kept.values())


def test_what_lasts_is_one_alert_and_a_look_that_has_nothing_new_to_say_writes_nothing() -> None:
    (alert,) = after([[LATE]] * 3)
    assert (alert.alert_id, alert.times_seen) == ("late/2025-04-02#1", 1)
    assert (alert.opened_at, alert.last_seen_at) == (START, START)
    assert looked([alert], [LATE], START + 3 * HOUR) == ([], [])


def test_a_look_that_could_not_see_all_closes_and_forgets_nothing() -> None:
    alerts = after([[LATE, STALE]])
    assert looked(alerts, [], START + HOUR, whole=False) == ([], [])


def test_what_is_gone_is_closed_and_what_comes_back_is_another_alert() -> None:
    first, second = after([[LATE], [], [LATE]])
    assert (first.alert_id, first.closed_at) == ("late/2025-04-02#1", START + HOUR)
    assert (second.alert_id, second.closed_at) == ("late/2025-04-02#2", None)


def test_what_needs_patience_opens_when_it_has_lasted_and_not_before() -> None:
    assert [a.opened_at for a in after([[STALE]] * 2)] == [None]
    assert [a.opened_at for a in after([[STALE]] * 3)] == [START + 2 * HOUR]


def test_what_passes_before_its_time_leaves_nothing() -> None:
    assert after([[STALE], [STALE], []]) == []


def test_a_look_older_than_the_last_one_changes_nothing() -> None:
    alerts = after([[], [LATE]])
    assert looked(alerts, [], START) == ([], [])
    assert looked(alerts, [LATE, STALE], START) == ([], [])


def test_a_look_whose_clock_was_ahead_silences_no_later_one() -> None:
    ahead, _ = looked([], [LATE, STALE], START + 900 * HOUR)
    assert is_ahead(ahead, START)
    mended, _ = looked(ahead, [LATE, STALE], START)
    assert not is_ahead(mended, START)
    closed, dropped = looked(mended, [], START + HOUR)
    assert [a.closed_at for a in closed] == [START + HOUR]
    assert [a.key for a in dropped] == [STALE.key]


def test_what_is_said_follows_the_last_look() -> None:
    worse = Condition("late", "warning", LATE.day, "", "half there", "look again")
    (alert,) = after([[LATE], [worse]])
    assert (alert.message, alert.severity) == ("half there", "warning")
    assert (alert.times_seen, alert.last_seen_at) == (2, START + HOUR)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_any_history_gives_the_alerts_of_its_unbroken_spells(spells: list[tuple[bool, bool]]):
    looks = [[c for c, is_there in ((LATE, a), (STALE, b)) if is_there] for a, b in spells]
    found = {(a.key, a.opened_at, a.closed_at) for a in after(looks) if a.opened_at}
    expected = set()
    for condition, patience in ((LATE, 0), (STALE, 2)):
        seen = [condition in look for look in looks]
        begins = [n for n, x in enumerate(seen) if x and (n == 0 or not seen[n - 1])]
        for begin in begins:
            end = next((n for n in range(begin, len(seen)) if not seen[n]), None)
            if (len(seen) if end is None else end) - begin > patience:
                closed = None if end is None else START + end * HOUR
                expected.add((condition.key, START + (begin + patience) * HOUR, closed))
    assert found == expected


def test_an_alert_is_told_once_when_it_opens_and_once_when_it_closes() -> None:
    opened, closed = after([[LATE]]), after([[LATE], []])
    assert told(opened) == [("late/2025-04-02#1", "opened")]
    assert told(opened, "opened") == []
    assert told(closed, "opened") == [("late/2025-04-02#1", "closed")]
    assert told(closed, "opened", "closed") == []


def test_what_opened_and_closed_while_a_channel_was_away_is_told_as_long_as_it_is_news() -> None:
    closed = after([[LATE], []])
    assert told(closed) == [("late/2025-04-02#1", "closed")]
    assert told(closed, now=START + 26 * HOUR) == []
    assert told(closed, "opened", now=START + 26 * HOUR) == [("late/2025-04-02#1", "closed")]


def test_a_finding_that_has_become_history_ends_without_a_word_and_a_late_day_does_not() -> None:
    volume = Condition("volume", "warning", LATE.day, "jobs", "few", "compare")
    closed = after([[LATE, volume], []])
    for first, told_of in (("2025-04-02", {"late", "volume"}), ("2025-04-03", {"late"})):
        news = owed(closed, frozenset(), "mail", START, Day.parse(first).date)
        assert {alert.kind for alert, _ in news} == told_of


def test_each_channel_is_told_by_itself() -> None:
    (alert,) = opened = after([[LATE]])
    by_mail = frozenset({Notice(alert.alert_id, "mail", "opened")})
    assert list(owed(opened, by_mail, "mail", START)) == []
    assert list(owed(opened, by_mail, "webhook", START)) == [(alert, "opened")]


def test_a_pending_alert_is_told_to_nobody() -> None:
    assert told(after([[STALE]])) == []


def test_an_acknowledged_alert_stays_and_is_told_no_more_until_it_comes_back() -> None:
    opened = after([[LATE]])
    known = acknowledged(opened, LATE.key, by="hash", note="a holiday", now=START)
    assert known is not None
    assert (known.acknowledged_by, known.note, known.is_live) == ("hash", "a holiday", True)
    assert told([known]) == []
    worse = replace(LATE, message="still not there")
    assert looked([known], [worse], START + HOUR).put[0].acknowledged_at == START
    (closed,) = looked([known], [], START + HOUR).put
    assert told([closed]) == []
    (again,) = looked([closed], [LATE], START + 2 * HOUR).put
    assert told([closed, again]) == [("late/2025-04-02#2", "opened")]


def test_only_what_is_open_can_be_acknowledged() -> None:
    for alerts in (after([[STALE]]), after([[LATE], []]), []):
        for key in (LATE.key, STALE.key, "late/2025-04-02#1"):
            assert acknowledged(alerts, key, by="hash", note=None, now=START) is None


def told(alerts: Sequence[Alert], *events: Event, now: datetime = START) -> list[tuple[str, str]]:
    known = frozenset(Notice(a.alert_id, "mail", e) for a in alerts for e in events)
    return [(alert.alert_id, event) for alert, event in owed(alerts, known, "mail", now)]

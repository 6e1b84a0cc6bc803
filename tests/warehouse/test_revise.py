"""Logs that are read and changed in one transaction: nobody's change is lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from tiny_lake import a_lake, rows

from gridlens.errors import ModelError
from gridlens.warehouse import RawRow

AT = datetime.fromisoformat("2025-04-01T00:00:00")


def alert(number: int, seen: int = 1) -> RawRow:
    return {"alert_id": f"late#{number}", "times_seen": seen, "seen_at": AT}


def one_more(given: Sequence[RawRow]) -> tuple[list[RawRow], list[RawRow]]:
    return [alert(1, 1 + sum(row["times_seen"] for row in given))], []


def test_changes_at_once_are_all_there(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: lake.revise("alerts", one_more), range(4)))
    assert rows(lake, "select alert_id, times_seen from raw.alerts") == [("late#1", 4)]


def test_rows_are_replaced_by_their_key_taken_out_or_left(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    lake.revise("alerts", lambda _: ([alert(1), alert(2), alert(3)], []))
    lake.revise("alerts", lambda _: ([alert(1, 5)], [alert(2)]))
    asked = "select alert_id, times_seen from raw.alerts order by 1"
    assert rows(lake, asked) == [("late#1", 5), ("late#3", 1)]


def test_no_change_makes_no_new_state(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    before = lake.snapshot()
    lake.revise("alerts", lambda _: ([], []))
    assert lake.snapshot() == before


def test_an_error_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    with pytest.raises(ModelError, match="has no column mood"):
        lake.revise("alerts", lambda _: ([alert(1), {"alert_id": "late#2", "mood": "bad"}], []))
    assert rows(lake, "from raw.alerts") == []


def test_the_ledger_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="computed_days is not a table"):
        a_lake(tmp_path).revise("computed_days", lambda given: (given, []))

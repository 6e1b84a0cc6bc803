"""The generator's rows come from named days of a named state of the warehouse, always the same."""

from __future__ import annotations

import pytest
from small_grid import DAYS, FIRST, JOBS_PER_DAY, ask, change_one_percent, run_jobs_again

from gridlens.errors import InputError, NotFound
from gridlens.generator.workload import VARIABLES
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.status import DayStatus
from gridlens.pipelines.training import TrainingSlice, last_run, latest_window, training_rows
from gridlens.settings import Settings
from gridlens.window import Window

WINDOW = Window(DAYS[0], DAYS[-1].plus(1))


def test_a_day_that_is_not_loaded_is_named(warehouse: Settings) -> None:
    with pytest.raises(NotFound, match=r"lacks 2025-04-04 of 2025-04-03\.\.2025-04-06, 2 days"):
        training_rows(warehouse, Window(DAYS[2], DAYS[2].plus(3)))


def test_a_population_without_jobs_is_told_of(warehouse: Settings) -> None:
    with pytest.raises(InputError, match="population must be such that"):
        training_rows(warehouse, WINDOW, "nobody")


def test_too_few_days_in_a_row_are_told_of_with_the_next_step(warehouse: Settings) -> None:
    with pytest.raises(
        NotFound, match=r"learns from 7 whole days in a row, .* has 1: .*settle.*--from"
    ):
        latest_window(warehouse)


@pytest.mark.parametrize(
    ("states", "days", "found"),
    [
        ("", 2, None),
        ("SMU", 2, None),
        ("CCC", 2, "2025-04-02..2025-04-04"),
        ("CEC", 3, "2025-04-01..2025-04-04"),
        ("CCSCCM", 2, "2025-04-04..2025-04-06"),
        ("CCCSCC", 3, "2025-04-01..2025-04-04"),
        ("CCCSCCSC", 7, "2025-04-01..2025-04-04"),
    ],
)
def test_the_last_whole_days_in_a_row_are_chosen(states: str, days: int, found: str | None) -> None:
    words = {"C": "complete", "E": "edge", "S": "stale", "M": "missing", "U": "unavailable"}
    told = [DayStatus(FIRST.plus(n), words[state]) for n, state in enumerate(states)]
    window = last_run(told, days)
    assert (window and str(window)) == found


def test_every_job_of_the_window_is_a_row_with_all_variables(warehouse: Settings) -> None:
    rows, facts = training_rows(warehouse, WINDOW)
    assert rows.column_names == [v.name for v in VARIABLES]
    assert len(rows) == facts.rows >= 0.9 * 3 * JOBS_PER_DAY
    assert [(facts.rows,)] == ask(warehouse, "select count(*) from core.jobs")
    assert TrainingSlice.of(facts.as_dict()) == facts


def test_a_state_gives_the_same_rows_after_the_warehouse_has_changed(loaded: Settings) -> None:
    rows, facts = training_rows(loaded, WINDOW)
    change_one_percent(loaded.home / "exports", seed=3)
    run_jobs_again(loaded, DAYS[-1:])
    again, same = training_rows(loaded, WINDOW, snapshot=facts.snapshot)
    later, other = training_rows(loaded, WINDOW)
    assert again.equals(rows)
    assert same == facts
    assert other.snapshot == open_lake(loaded).snapshot() > facts.snapshot
    assert other.fingerprint != facts.fingerprint
    assert not later.equals(rows)

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import FIRST, grid, jobs

from gridlens.errors import InputError
from gridlens.generator.arrivals import Arrivals
from gridlens.generator.arrivals.rhythm import Rhythm
from gridlens.window import Day, Window

JUNE = Window.parse("2025-06-02", "2025-06-10")  # from a Monday, as long as the grid's days


def tasks(*first_jobs: float, hours: tuple[float, ...] = (0,)) -> pa.Table:
    """Tasks that begin that many hours after ``FIRST``, with jobs these hours later."""
    return jobs(
        *(
            {"jeditaskid": number, "creationtime": FIRST + timedelta(hours=start + later)}
            for number, start in enumerate(first_jobs)
            for later in hours
        )
    )


def hourly(table: pa.Table, first: datetime, days: int) -> np.ndarray:
    micros = pc.microseconds_between(pa.scalar(first, pa.timestamp("us")), table["creationtime"])
    hours = micros.to_numpy() // 3_600_000_000
    return np.bincount(hours[(hours >= 0) & (hours < days * 24)], minlength=days * 24)


def dispersion(counts: np.ndarray) -> float:
    """Index of dispersion of counts (Gusella 1991): 1 for a Poisson process."""
    return float(counts.var() / counts.mean())


def test_arrivals_need_the_task() -> None:
    with pytest.raises(InputError, match="no 'jeditaskid'"):
        Arrivals.fit(jobs({}).drop_columns(["jeditaskid"]))


def test_arrivals_need_a_time() -> None:
    with pytest.raises(InputError, match="no job of this workload has a 'creationtime'"):
        Arrivals.fit(jobs({"creationtime": None}))


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_scale_that_is_no_factor_is_refused(scale: float) -> None:
    arrivals = Arrivals.fit(jobs({}))
    with pytest.raises(InputError, match="the scale is"):
        arrivals.sample(JUNE, 1, scale)
    with pytest.raises(InputError, match="the scale is"):
        arrivals.sample_count(5, JUNE.first, 1, scale)


def test_more_jobs_than_ten_years_bring_are_refused() -> None:
    with pytest.raises(InputError, match="100000 jobs at 1 a day would take more than 3650 days"):
        Arrivals.fit(jobs({})).sample_count(100_000, JUNE.first, 1)


@pytest.mark.parametrize("table", [jobs({}), grid(2), grid(10)])
def test_one_two_and_ten_jobs_are_enough(table: pa.Table) -> None:
    assert len(Arrivals.fit(table).sample_count(50, JUNE.first, 1)) == 50


def test_a_job_without_a_task_is_a_task_of_its_own() -> None:
    table = jobs({"jeditaskid": None}, {"jeditaskid": None}, {"jeditaskid": 5}, {"jeditaskid": 5})
    sizes = [len(delays) for delays in Arrivals.fit(table).tasks["delays"].to_pylist()]
    assert sorted(sizes) == [1, 1, 2]


def test_a_task_keeps_its_size_its_delays_and_its_kind_together() -> None:
    table = jobs(
        *({"jeditaskid": 1, "prodstep": "evgen"} for _ in range(5)),
        {"jeditaskid": 2, "prodstep": "merge"},
        {"jeditaskid": 2, "prodstep": "merge", "creationtime": FIRST + timedelta(seconds=90)},
    )
    drawn = Arrivals.fit(table).sample(JUNE, 3).group_by(["jeditaskid", "prodstep"])
    ends = [("creationtime", "min"), ("creationtime", "max"), ("creationtime", "count")]
    kinds = {
        (row["prodstep"], row["creationtime_count"], end - row["creationtime_min"])
        for row in drawn.aggregate(ends).to_pylist()
        if (end := row["creationtime_max"]) < JUNE.end.start - timedelta(hours=1)
    }
    assert kinds == {("evgen", 5, timedelta(0)), ("merge", 2, timedelta(seconds=90))}


def test_tasks_go_over_midnight_and_a_window_begins_with_tasks_under_way() -> None:
    """200 tasks a day, each with a job now and one 30 hours later."""
    starts = np.random.default_rng(1).uniform(0, 20 * 24, 4000)
    arrivals = Arrivals.fit(tasks(*starts, hours=(0, 30)))
    per_day = hourly(arrivals.sample(JUNE, 1), JUNE.first.start, 8).reshape(8, 24).sum(1)
    assert per_day.min() > 320
    assert per_day.max() < 480


def test_cut_tasks_at_the_edges_of_the_training_window_do_not_make_tasks_short() -> None:
    """Seen for ten days only: tasks of one hour, and as many of four days, a job each hour."""
    starts = np.random.default_rng(2).uniform(-5 * 24, 10 * 24, 3000)
    lengths = [1, 97]
    rows = [
        (number, start + hour)
        for number, start in enumerate(starts)
        for hour in range(lengths[number % 2])
        if 0 <= start + hour < 240
    ]
    table = jobs(*({"jeditaskid": n, "creationtime": FIRST + timedelta(hours=h)} for n, h in rows))
    arrivals = Arrivals.fit(table)
    sizes = np.array([len(delays) for delays in arrivals.tasks["delays"].to_pylist()])
    weights = arrivals.tasks["weight"].to_numpy()
    assert set(sizes) == {1, 97}
    assert weights[sizes == 97].sum() == pytest.approx(0.5, abs=0.05)
    assert arrivals.tasks_per_hour == pytest.approx(3000 / (15 * 24), rel=0.1)


def test_as_many_jobs_are_drawn_as_there_were() -> None:
    arrivals = Arrivals.fit(grid(30_000))
    assert arrivals.jobs_per_day == pytest.approx(30_000 / 8, rel=0.01)
    counts = [len(arrivals.sample(JUNE, seed)) for seed in range(8)]
    assert np.mean(counts) == pytest.approx(30_000, rel=0.05)


@given(st.integers(0, 99), st.sampled_from([0.5, 2.0, 3.0]))
@settings(max_examples=10, deadline=None)
def test_a_scale_multiplies_the_expected_load(seed: int, scale: float) -> None:
    arrivals = Arrivals.fit(grid(12_000))
    one = np.mean([len(arrivals.sample(JUNE, 4 * seed + k)) for k in range(4)])
    many = np.mean([len(arrivals.sample(JUNE, 4 * seed + k, scale)) for k in range(4)])
    assert many / one == pytest.approx(scale, rel=0.15)


@given(st.integers(1, 400), st.integers(0, 9), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_jobs_are_ordered_in_their_window_and_their_tasks_numbered_as_they_appear(
    n: int, seed: int, base: int
) -> None:
    drawn = Arrivals.fit(grid(n, seed)).sample(JUNE, seed, first_task=base)
    times, ids = drawn["creationtime"].to_pylist(), drawn["jeditaskid"].to_pylist()
    assert times == sorted(times)
    assert all(JUNE.first.start <= time < JUNE.end.start for time in times)
    assert list(dict.fromkeys(ids)) == list(range(base, base + len(set(ids))))


@given(st.integers(1, 300), st.integers(0, 9), st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_a_number_of_jobs_is_the_beginning_of_any_longer_window(
    rows: int, seed: int, n: int
) -> None:
    arrivals = Arrivals.fit(grid(rows, seed))
    counted = arrivals.sample_count(n, JUNE.first, seed)
    days = (counted["creationtime"][-1].as_py() - JUNE.first.start).days + 3
    longer = arrivals.sample(Window(JUNE.first, JUNE.first.plus(days)), seed)
    assert counted.equals(longer.slice(0, n))


def test_the_same_seed_gives_the_same_bytes_also_when_read_back(tmp_path: Path) -> None:
    arrivals = Arrivals.fit(grid(900))
    arrivals.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"arrivals.json", "arrivals.parquet"}
    once, again = arrivals.sample(JUNE, 7), Arrivals.load(tmp_path).sample(JUNE, 7)
    assert once.equals(again)
    assert not once.equals(arrivals.sample(JUNE, 8))


def test_what_is_saved_names_no_task_and_no_time_of_the_training_rows(tmp_path: Path) -> None:
    Arrivals.fit(grid(900)).save(tmp_path)
    saved = Arrivals.load(tmp_path)
    assert saved.tasks.column_names == ["weight", "delays", "project", "prodstep", "datatype"]


def test_hourly_counts_are_as_uneven_as_the_real_ones_and_not_independent() -> None:
    table = grid(40_000)
    real = dispersion(hourly(table, FIRST, 8))
    arrivals = Arrivals.fit(table)
    drawn = np.mean(
        [dispersion(hourly(arrivals.sample(JUNE, s), JUNE.first.start, 8)) for s in range(5)]
    )
    assert 0.5 <= drawn / real <= 2
    assert real > 10  # independent times have 1


def working_hours(weeks: int, seed: int = 1) -> pa.Table:
    """Three tasks an hour of which each is a burst of ten; from 8 to 18 h, not at weekends."""
    rng = np.random.default_rng(seed)
    hours = np.arange(weeks * 168) + 24  # FIRST is a Tuesday
    is_work = (hours % 24 >= 8) & (hours % 24 < 18) & (hours // 24 % 7 < 5)
    begun = rng.poisson(0.3 * np.where(is_work, 1, 0.05)) * 10
    starts = np.repeat(hours - 24, begun) + rng.random(begun.sum())
    return tasks(*starts, hours=(0, 0.5))


def test_working_hours_and_weekends_are_learned() -> None:
    arrivals = Arrivals.fit(working_hours(12))
    window = Window(JUNE.first, JUNE.first.plus(84))
    week = hourly(arrivals.sample(window, 5), JUNE.first.start, 84).reshape(12, 7, 24).sum(0)
    assert week[:5, 9:18].mean() > 5 * week[:5, :8].mean()
    assert week[:5, 9:18].mean() > 5 * week[5:, 9:18].mean()


def test_bursts_are_learned_and_drawn() -> None:
    table = working_hours(12)
    arrivals = Arrivals.fit(table)
    assert arrivals.rhythm.burst > 1
    window = Window(JUNE.first, JUNE.first.plus(84))
    drawn = dispersion(hourly(arrivals.sample(window, 5), JUNE.first.start, 84))
    assert 0.5 <= drawn / dispersion(hourly(table, FIRST, 84)) <= 2


def test_a_steady_stream_has_no_bursts_and_no_good_and_bad_days() -> None:
    starts = np.random.default_rng(3).uniform(0, 20 * 24, 8000)
    rhythm = Arrivals.fit(tasks(*starts)).rhythm
    assert rhythm.burst < 0.05
    assert rhythm.spread < 0.05
    assert min(rhythm.shape) > 0.8
    assert max(rhythm.shape) < 1.35


def test_a_window_in_which_no_task_begins_tells_of_a_steady_stream() -> None:
    """One task that begins before midnight, all but one of its jobs after."""
    arrivals = Arrivals.fit(tasks(23.9, hours=(0, *np.arange(0.2, 20, 0.5))))
    assert set(arrivals.rhythm.shape) == {1.0}
    assert (arrivals.rhythm.burst, arrivals.rhythm.spread) == (0.0, 0.0)
    assert len(arrivals.sample_count(500, JUNE.first, 1)) == 500


def test_eight_days_shrink_an_hour_of_the_week_towards_its_hour_and_its_day() -> None:
    """One wild hour in eight days is not believed; the same hour in twelve weeks is."""

    def wild(days: int) -> float:
        steady = np.arange(0, days * 24, 0.1)
        spikes = [at + k / 500 for at in range(36, days * 24, 168) for k in range(500)]
        shape = np.reshape(Arrivals.fit(tasks(*steady, *spikes)).rhythm.shape, (7, 24))
        return float(shape[2, 12] / np.median(shape))  # FIRST + 36 h: Wednesday noon

    assert wild(8) < 25 < 35 < wild(84)


def waves(days: int) -> pa.Table:
    """Days with many and few tasks in turn for a week each, the last ones many."""
    per_day = [300 if (days - 1 - day) // 7 % 2 == 0 else 60 for day in range(days)]
    rng = np.random.default_rng(4)
    return tasks(*(24 * day + h for day, n in enumerate(per_day) for h in rng.uniform(0, 24, n)))


def test_days_to_come_go_on_from_the_last_level_which_fades() -> None:
    arrivals = Arrivals.fit(waves(56))
    assert arrivals.rhythm.memory > 0.5

    def jobs_on(day: Day) -> float:
        return float(np.mean([len(arrivals.sample(Window.of(day), s)) for s in range(60)]))

    next_day, far_day = Day(FIRST.date()).plus(56), Day(FIRST.date()).plus(156)
    assert jobs_on(next_day) > 1.2 * jobs_on(far_day)
    assert jobs_on(far_day) == pytest.approx(180, rel=0.25)


@pytest.mark.parametrize("days_before", [-1, 0, 6])
def test_the_last_level_is_gone_on_from_however_early_one_begins(days_before: int) -> None:
    """Late jobs of long tasks make the days begin before those that are asked for."""
    rhythm = Rhythm(
        (1.0,) * 168, burst=0.0, spread=0.1, memory=0.9, last_level=1.0, last_day=20_000
    )
    first = rhythm.last_day - days_before

    def next_level(seed: int) -> float:
        days = dict(rhythm.days(first, days_before + 2, np.random.default_rng(seed)))
        return float(np.log(days[rhythm.last_day + 1][0]))

    assert np.mean([next_level(seed) for seed in range(50)]) == pytest.approx(0.9, abs=0.05)


def test_kinds_that_nobody_learned_leave_their_load_to_the_others() -> None:
    old, new = tasks(*range(48)), tasks(*range(24, 48))
    campaign = new.set_column(2, "project", pa.array(["mc30"] * len(new)))
    campaign = campaign.set_column(9, "jeditaskid", pa.array(range(100, 124)))
    assert campaign.column_names == old.column_names
    arrivals = Arrivals.fit(pa.concat_tables([old, campaign]))
    known = arrivals.of_kinds(old)
    assert set(known.tasks["project"].to_pylist()) == {"mc23_13p6TeV"}
    assert known.jobs_per_day == pytest.approx(arrivals.jobs_per_day) == pytest.approx(36)
    assert sum(known.tasks["weight"].to_pylist()) == pytest.approx(1)
    assert len(arrivals.of_kinds(pa.concat_tables([old, campaign])).tasks) == 72


def test_a_window_of_kinds_that_nobody_learned_is_refused() -> None:
    with pytest.raises(InputError, match="no task of this window is of a kind"):
        Arrivals.fit(jobs({"project": "mc30"})).of_kinds(jobs({}))

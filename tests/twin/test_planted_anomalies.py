"""Anomalies of the grid itself: each stands in the documents as the book says it does."""

import gzip
import json
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
import pytest

from gridlens.twin import make_days
from gridlens.twin.history.anomalies.catalogue import LINK_KINDS, SITE_KINDS, STAGING_RATES
from gridlens.twin.history.anomalies.sites import plant_sites
from gridlens.twin.history.anomalies.stagings import plant_stagings, staging_notes
from gridlens.twin.history.jobs import jobs_ended
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import draws
from gridlens.twin.history.tasks import midnight
from gridlens.window import Day

DAY = Day.parse("2025-04-01")
JOBS = 8_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("anomalies")
    make_days(path, seed=7, first=DAY, days=1, jobs_per_day=JOBS, progress=lambda _: None)
    return path


@cache
def documents(home: Path, table: str) -> list[dict]:
    paths = sorted(home.glob(f"exports/*/*{table}-*.ndjson.gz"))
    return [json.loads(line) for path in paths for line in gzip.open(path)]


@cache
def jobs(home: Path) -> dict[str, dict]:
    return {str(d["pandaid"]): d for d in documents(home, "jobs")}


@cache
def noted(home: Path) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = defaultdict(list)
    for row in pq.read_table(home / "truth" / f"faults-{DAY}.parquet").to_pylist():
        rows[row["kind"]].append(row["key"])
    return rows


def seconds(text: str) -> float:
    return datetime.fromisoformat(f"{text.replace('Z', '')[:19]}+00:00").timestamp()


def times(job: dict) -> tuple[float, float, float]:
    """When it was made, started and ended."""
    return tuple(seconds(job[f"{name}time"]) for name in ("creation", "start", "end"))


def queued(job: dict) -> float:
    made, started, _ = times(job)
    return started - made


def moved(data: dict) -> tuple[float, float]:
    """When a transfer started and ended."""
    started, ended = data["started_at"], data["transferred_at"]
    return (started / 1000, ended / 1000) if started > 10**11 else (started, ended)


@cache
def traces(home: Path) -> dict[str, list[dict]]:
    """The copies of input that served each job."""
    by_id = {
        d["data"]["traceId"]: d["data"]
        for d in documents(home, "transfers")
        if d["data"].get("clientState") == "DONE" and d["data"]["event_type"].startswith("get")
    }
    found: dict[str, list[dict]] = defaultdict(list)
    for row in pq.read_table(home / "truth" / f"{DAY}.parquet").to_pylist():
        if row["transfer_id"] in by_id:
            found[str(row["pandaid"])].append(by_id[row["transfer_id"]])
    return found


def served(home: Path, job: str) -> list[dict]:
    """The copies of input that served a job, in order of their start."""
    return sorted(traces(home)[job], key=moved)


def rule_rows(home: Path, link: str) -> list[dict]:
    """What came of the transfers of a link, as far as both sites are spelled plainly."""
    return [
        d["data"]
        for d in documents(home, "transfers")
        if f"{d['data']['src_experiment_site']}>{d['data']['dst_experiment_site']}" == link
        and d["data"]["event_type"] in ("transfer-done", "transfer-failed")
    ]


def rates(rows: list[dict]) -> list[tuple[float, float]]:
    """Hour of the start and bytes a second, of each transfer that came to a good end."""
    done = [r for r in rows if r["event_type"] == "transfer-done" and isinstance(r["bytes"], int)]
    return sorted(
        ((moved(r)[0] - midnight(DAY)) / 3600, r["bytes"] / (moved(r)[1] - moved(r)[0]))
        for r in done
        if r["bytes"] and isinstance(r["transferred_at"], int)
    )


def test_every_kind_of_anomaly_is_planted_and_few_of_it(home):
    counts = {kind: len(keys) for kind, keys in noted(home).items()}
    known = {*STAGING_RATES, *LINK_KINDS, *SITE_KINDS}
    assert known <= counts.keys()
    assert {kind for kind in known if counts[kind] > 10} == {"idle_remote_capacity"}
    assert counts["idle_remote_capacity"] < 150


def test_files_of_a_sequential_staging_come_one_after_the_other_and_fill_the_queue_time(home):
    for key in noted(home)["sequential_staging"]:
        spans = [moved(data) for data in served(home, key)]
        assert len(spans) >= 3
        assert all(one[1] <= later[0] for one, later in pairwise(spans))
        assert 0.75 < sum(ended - started for started, ended in spans) / queued(jobs(home)[key]) < 1


def test_one_file_of_a_planted_sequence_was_ten_times_faster_than_another(home):
    ratios = []
    for key in noted(home)["sequential_staging"]:
        speeds = [d["bytes"] / (moved(d)[1] - moved(d)[0]) for d in served(home, key)]
        ratios.append(max(speeds) / min(speeds))
    assert sum(ratio > 10 for ratio in ratios) >= 2


def test_a_dominating_transfer_takes_most_of_the_queue_time_of_a_job_that_finished(home):
    for key in noted(home)["dominating_transfer"]:
        spans = [moved(data) for data in served(home, key)]
        whole = max(ended for _, ended in spans) - min(started for started, _ in spans)
        assert 0.75 < whole / queued(jobs(home)[key]) <= 1
        assert jobs(home)[key]["jobstatus"] == "finished"


def test_a_long_transfer_of_a_failed_job_spans_its_start_and_most_of_its_life(home):
    for key in noted(home)["long_transfer_failed"]:
        made, began, over = times(jobs(home)[key])
        started, ended = max(map(moved, served(home, key)), key=lambda span: span[1] - span[0])
        assert made < started < began < ended < over
        assert (ended - started) / (over - made) > 0.75
        assert jobs(home)[key]["jobstatus"] == "failed"


def test_the_pilot_counts_what_it_staged_after_the_start_of_such_a_job(home):
    for key in noted(home)["long_transfer_failed"]:
        _, began, _ = times(jobs(home)[key])
        staged_in = int(jobs(home)[key]["pilottiming"].split("|")[1])
        assert staged_in == max(moved(data)[1] for data in served(home, key)) - began


def test_every_served_transfer_starts_before_its_job_ends_and_after_it_was_made(home):
    for kind in STAGING_RATES:
        for key in noted(home)[kind]:
            made, _, over = times(jobs(home)[key])
            assert all(made <= moved(data)[0] < over for data in served(home, key))


def test_a_slow_link_is_twenty_times_slower_for_hours_than_in_the_rest_of_the_day(home):
    (link,) = noted(home)["slow_link"]
    found = rates(rule_rows(home, link))
    slow = [hour for hour, rate in found if rate < 2e6]
    spell = [rate for hour, rate in found if min(slow) <= hour <= max(slow)]
    rest = [rate for hour, rate in found if not min(slow) <= hour <= max(slow)]
    assert 4 < max(slow) - min(slow) <= 6
    assert len(spell) > 20
    assert 20 <= median(rest) / median(spell) <= 100


def test_a_failing_link_fails_most_of_the_time_with_one_reason(home):
    (link,) = noted(home)["failing_link"]
    reasons = Counter(r["reason"] for r in rule_rows(home, link) if r["event_type"][9:] == "failed")
    (_, most), *others = reasons.most_common()
    assert most > 30
    assert most > 4 * sum(count for _, count in others)


def test_each_planted_failure_is_followed_by_the_attempt_that_names_it(home):
    (link,) = noted(home)["failing_link"]
    rows = rule_rows(home, link)
    named = {row["previous_request_id"] for row in rows}
    failed = [row["request_id"] for row in rows if row["event_type"] == "transfer-failed"]
    # A retry whose sites are misspelled is not among the rows.
    assert sum(one in named for one in failed) > 0.9 * len(failed)


def test_an_asymmetric_link_has_transfers_both_ways_and_bytes_one_way(home):
    (link,) = noted(home)["asymmetric_link"]
    there, back = (rule_rows(home, way) for way in (link, ">".join(link.split(">")[::-1])))
    heavy, light = (
        sum(r["bytes"] for r in rows if isinstance(r["bytes"], int)) for rows in (there, back)
    )
    assert heavy > 10 * light
    assert len(there) < 3 * len(back)


def test_jobs_of_a_hot_site_wait_many_times_as_long_as_the_grids(home):
    (hot,) = noted(home)["hot_site"]
    waiting = [queued(jobs(home)[key]) for key in noted(home)["idle_remote_capacity"]]
    others = [queued(job) for job in jobs(home).values() if job["starttime"][:4] != "1970"]
    assert median(waiting) > 5 * median(others)
    assert min(waiting) >= 7_200
    sites = {site_of(jobs(home)[key]) for key in noted(home)["idle_remote_capacity"]}
    assert sites - {None} == {hot}  # a few records name a queue that is gone


def test_an_idle_site_of_the_same_tier_starts_its_jobs_within_minutes_meanwhile(home):
    (hot,), (idle,) = noted(home)["hot_site"], noted(home)["idle_site"]
    waiting = [times(jobs(home)[key]) for key in noted(home)["idle_remote_capacity"]]
    since, until = min(made for made, _, _ in waiting), max(began for _, began, _ in waiting)
    waits = [
        queued(job)
        for job in jobs(home).values()
        if site_of(job) == idle and since + 7_200 <= times(job)[1] <= until
    ]
    assert platform().sites[hot].tier_level == platform().sites[idle].tier_level
    assert len(waits) > 10
    assert median(waits) < 300


def site_of(job: dict) -> str | None:
    queues = {queue.name: queue.site.name for queue in platform().queues}
    return queues.get(job["computingsite"])


def test_jobs_that_no_anomaly_is_planted_on_are_as_they_would_be_without():
    before, after = jobs_ended(7, DAY, 500), jobs_ended(7, DAY, 500)
    plant_stagings(draws(7, DAY, "stagings"), after, 500)
    planted = {key for _, _, key in staging_notes(after)}
    pairs = list(zip(before, after, strict=True))
    assert {str(old.pandaid) for old, new in pairs if old != new} <= planted
    assert any(old != new for old, new in pairs)


def test_jobs_of_other_sites_are_as_they_would_be_without_a_hot_site():
    before, after = jobs_ended(7, DAY, 2_000), jobs_ended(7, DAY, 2_000)
    notes = list(plant_sites(draws(7, DAY, "sites"), after, midnight(DAY)))
    sites = {key for _, table, key in notes if table == "sites"}
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert {job.queue.site.name for job in changed} == sites


def test_a_day_with_too_few_jobs_for_a_crowd_has_no_hot_site():
    assert list(plant_sites(draws(7, DAY, "sites"), jobs_ended(7, DAY, 20), midnight(DAY))) == []

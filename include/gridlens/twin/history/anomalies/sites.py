"""A site that gets more jobs than it can start, and one of its tier that stands idle meanwhile.

Only the times at which jobs were made are moved: a job starts and ends when it did.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from gridlens.twin.history.anomalies.catalogue import Note
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import Job

HOUR_S = 3_600
BURST_S = 2 * HOUR_S
STARTS_S = 12 * HOUR_S  # jobs that start in these hours, after the burst, were made in it
SHARES_OF_JOBS = (0.007, 0.017)  # of a site that becomes hot: a few dozen jobs wait
FEWEST_WAITING = 3
PROMPT_S = (30, 300)


def plant_sites(rng: random.Random, jobs: Sequence[Job], day_start: int) -> Iterator[Note]:
    """Let one site be swamped and another be idle for some hours of the day."""
    pair = _pair(rng, jobs)
    if pair is None:
        return
    hot, idle = pair
    burst = day_start + rng.randrange(3, 8) * HOUR_S
    turn = burst + BURST_S
    crowd = _started(jobs, hot, turn, turn + STARTS_S)
    if len(crowd) < FEWEST_WAITING:
        return
    yield "hot_site", "sites", hot
    yield "idle_site", "sites", idle
    for job in crowd:
        yield from _wait(job, burst)
    for job in _started(jobs, idle, burst, turn + STARTS_S):
        _hurry(rng, job)


def _pair(rng: random.Random, jobs: Sequence[Job]) -> tuple[str, str] | None:
    """The hot and the idle site, where there are enough jobs for that."""
    sizes = Counter(job.queue.site.name for job in jobs)
    low, high = (share * len(jobs) for share in SHARES_OF_JOBS)
    hot = [site for site in sorted(sizes) if low <= sizes[site] <= high]
    if not hot:
        return None
    chosen, sites = rng.choice(hot), platform().sites
    tier = sites[chosen].tier_level
    peers = [s for s in sorted(sizes) if s != chosen and sites[s].tier_level == tier]
    idle = [site for site in peers if sizes[site] >= low]
    return (chosen, rng.choice(idle)) if idle else None


def _started(jobs: Sequence[Job], site: str, since: int, until: int) -> list[Job]:
    """Jobs of a site that started in that span, but for siblings: they move with their first."""
    there = [job for job in jobs if job.queue.site.name == site and job.mode != "shared"]
    return [job for job in there if job.started is not None and since <= job.started < until]


def _wait(job: Job, burst: int) -> Iterator[Note]:
    """First made, first started: the later a job's turn, the longer it waited."""
    turn = ((job.started or job.ended) - burst - BURST_S) / STARTS_S
    _make_at(job, min(job.created, burst + int(turn * BURST_S)))
    if job.mode in ("download", "direct") and not job.is_remote:
        for victim in filter(None, (job, job.follower)):
            yield "idle_remote_capacity", "jobs", str(victim.pandaid)


def _hurry(rng: random.Random, job: Job) -> None:
    started = job.started or job.ended
    # No more than half of the wait shall be the staging's, which is an anomaly of its own.
    staging = started - min((t.started for t in job.stage_in), default=started)
    _make_at(job, max(job.created, started - max(rng.randrange(*PROMPT_S), 2 * staging)))


def _make_at(job: Job, created: int) -> None:
    job.created = created
    if job.follower:
        job.follower.created = created

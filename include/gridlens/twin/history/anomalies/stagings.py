"""Jobs whose time went into the transfer of their input (data-management paper, sec. 5.4).

A case moves the times of a job and of its transfers together; the job ends when it did.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gridlens.twin.history.anomalies.catalogue import STAGING_RATES, Note
from gridlens.twin.history.records import Job, Transfer

LARGE_SHARE = 0.75
FEWEST_IN_SEQUENCE = 3
PLANTED_SHARE = (0.79, 0.92)


@dataclass(frozen=True)
class Case:
    """Which jobs may get it, how, and by what it is known afterwards."""

    fits: Callable[[Job], bool]
    plant: Callable[[random.Random, Job], None]
    shows: Callable[[Job, Sequence[Transfer]], bool]


def plant_stagings(rng: random.Random, jobs: Iterable[Job], number: int) -> None:
    """Give a few of these jobs the times of each case; ``number``: all jobs of the day."""
    free = {job.pandaid: job for job in jobs if _is_plain(job)}
    for kind, rate in STAGING_RATES.items():
        fit = [job for job in free.values() if CASES[kind].fits(job)]
        for job in rng.sample(fit, min(max(1, round(rate * number)), len(fit))):
            CASES[kind].plant(rng, free.pop(job.pandaid))


def staging_notes(jobs: Iterable[Job]) -> Iterator[Note]:
    """The case that each job is, planted or come by chance; a sibling's too that shares it."""
    for job in jobs:
        copies = [t for t in job.stage_in if t.pandaid is not None and t.ended is not None]
        copies.sort(key=lambda t: t.started)
        for victim in (job, job.follower):
            kind = victim and _kind(victim, copies)
            if victim and kind:
                yield kind, "jobs", str(victim.pandaid)


def _kind(job: Job, copies: Sequence[Transfer]) -> str | None:
    return next((kind for kind in STAGING_RATES if CASES[kind].shows(job, copies)), None)


def _is_plain(job: Job) -> bool:
    """A user's job that copied local input before it started, once and for itself alone."""
    is_local_copy = job.mode == "download" and not job.is_remote and job.queue.is_push
    is_alone = job.follower is None and all(t.pandaid is not None for t in job.stage_in)
    return job.task.is_user and is_local_copy and is_alone and job.started is not None


def _stage_in_sequence(rng: random.Random, job: Job) -> None:
    fast = rng.uniform(1.5e8, 3e8)
    slow = fast / rng.uniform(15, 25)
    tooks = [_seconds(t, slow * rng.uniform(0.8, 1.2)) for t in job.stage_in]
    tooks[0] = _seconds(job.stage_in[0], fast)
    clock = _queued_for(rng, job, sum(tooks))
    for transfer, took in zip(job.stage_in, tooks, strict=True):
        _move(transfer, clock, took)
        clock += took


def _stage_side_by_side(rng: random.Random, job: Job) -> None:
    tooks = [_seconds(t, rng.uniform(5e6, 2e7)) for t in job.stage_in]
    clock = _queued_for(rng, job, max(tooks))
    for transfer, took in zip(job.stage_in, tooks, strict=True):
        _move(transfer, clock, took)


def _stage_beyond_start(rng: random.Random, job: Job) -> None:
    """Short copies first, then the largest file for more than half an hour."""
    *short, longest = sorted(job.stage_in, key=lambda t: t.size or 0)
    took = rng.randrange(1_900, 4_200)
    job.created = job.ended - int(took / rng.uniform(*PLANTED_SHARE))
    for transfer in short:
        _move(transfer, job.created + 5, rng.randrange(12, 30))
    _move(longest, job.created + 40, took)
    job.started = job.created + 40 + int(took * rng.uniform(0.3, 0.7))


def _queued_for(rng: random.Random, job: Job, moving: int) -> int:
    """Let the job be made so late that it waited for little else; returns when moving began."""
    started = job.started or job.ended
    job.created = started - math.ceil(moving / rng.uniform(*PLANTED_SHARE))
    return started - moving


def _seconds(transfer: Transfer, bytes_per_s: float) -> int:
    return 1 + int((transfer.size or 0) / bytes_per_s)


def _move(transfer: Transfer, started: int, took: int) -> None:
    transfer.submitted = transfer.started = started
    transfer.ended = started + took


def _is_sequence(job: Job, copies: Sequence[Transfer]) -> bool:
    in_turn = all(one.ended <= next_.started for one, next_ in pairwise(copies) if one.ended)
    is_long = len(copies) >= FEWEST_IN_SEQUENCE
    return is_long and in_turn and _share(copies, job.created, job.started) > LARGE_SHARE


def _is_dominated(job: Job, copies: Sequence[Transfer]) -> bool:
    queued = _share(copies, job.created, job.started)
    return job.status == "finished" and (
        max(queued, _share(copies, job.started, job.ended)) > LARGE_SHARE
    )


def _is_spanned(job: Job, copies: Sequence[Transfer]) -> bool:
    long = LARGE_SHARE * (job.ended - job.created)
    return job.status == "failed" and any(
        t.started < (job.started or 0) < (t.ended or 0) and (t.ended or 0) - t.started > long
        for t in copies
    )


def _share(copies: Sequence[Transfer], since: int | None, until: int | None) -> float:
    """Of that span, the part in which something was moving; ``copies`` in order of their start."""
    if since is None or until is None or since >= until:
        return 0.0
    reached, moving = since, 0
    for copy in copies:
        ended = min(copy.ended or 0, until)
        moving += max(ended - max(copy.started, reached), 0)
        reached = max(reached, ended)
    return moving / (until - since)


CASES: Mapping[str, Case] = {
    "sequential_staging": Case(
        fits=lambda job: job.status == "finished" and len(job.stage_in) >= FEWEST_IN_SEQUENCE,
        plant=_stage_in_sequence,
        shows=_is_sequence,
    ),
    "long_transfer_failed": Case(
        fits=lambda job: job.status == "failed" and len(job.stage_in) > 1,
        plant=_stage_beyond_start,
        shows=_is_spanned,
    ),
    "dominating_transfer": Case(
        fits=lambda job: job.status == "finished",
        plant=_stage_side_by_side,
        shows=_is_dominated,
    ),
}

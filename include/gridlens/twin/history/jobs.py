"""Which jobs came to an end on a day, what they read and wrote, and what was moved for them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from gridlens.twin.history.platform import Platform, Queue, platform
from gridlens.twin.history.records import DAY_S, File, Job, Task, dealt, draws
from gridlens.twin.history.stages import stage_in, uploads
from gridlens.twin.history.tasks import midnight, pick_task
from gridlens.window import Day

USER_SHARE = 0.847  # with their followers 86 %
# How a user job reads: copies to the worker, reads from storage, or has no input.
USER_MODES = (("download", 0.34), ("direct", 0.62), ("none", 0.04))
# Few production jobs copy with the pilot; the others' input is placed by rules.
PRODUCTION_MODES = (("download", 0.06), ("none", 0.94))
# PanDA sends jobs to their data (data-management paper, sec. 3): remote reads are rare.
DISTANCES = (("remote", 0.033), ("local", 0.967))
STATUSES = (("failed", 0.14), ("cancelled", 0.03), ("closed", 0.03), ("finished", 0.8))
FOLLOWER_SHARE = 0.05  # of downloading jobs: a sibling uses the same copies, or a retry does
MOST_INPUTS = 12
UNSTARTED_SHARE = 0.6  # of cancelled and closed jobs


def jobs_ended(seed: int, day: Day, number: int) -> list[Job]:
    """All jobs that ended on that day, with files and transfers, in order of their ids."""
    rng = draws(seed, day, "jobs")
    users = round(number * USER_SHARE)
    drawn = [*_drawn(rng, users, USER_MODES), *_drawn(rng, number - users, PRODUCTION_MODES)]
    first_id = 6_000_000_000 + (midnight(day) // DAY_S - 19_000) * 1_000_000
    weights = [math.sqrt(queue.speed) for queue in platform().queues]
    queues = rng.choices(platform().queues, weights, k=number)
    jobs: list[Job] = []
    for n, (mode, distance, status) in enumerate(drawn):
        task = pick_task(rng, seed, day, number, n < users)
        job = _job(rng, first_id + len(jobs), task, queues[n], status, midnight(day))
        job.mode, job.is_remote = mode, distance == "remote"
        age = (midnight(day) - task.born) // DAY_S
        _furnish(rng, platform(), job, first_file=(age * number + n) * MOST_INPUTS)
        jobs.append(job)
        if mode == "download" and job.started is not None and rng.random() < FOLLOWER_SHARE:
            jobs.append(_follower(rng, job, first_id + len(jobs), midnight(day) + DAY_S - 1))
        if len(jobs) >= number:
            break
    return jobs


def _drawn(
    rng: random.Random, number: int, modes: tuple[tuple[str, float], ...]
) -> Iterator[tuple[str, str, str]]:
    return zip(
        dealt(rng, modes, number),
        dealt(rng, DISTANCES, number),
        dealt(rng, STATUSES, number),
        strict=True,
    )


def _job(
    rng: random.Random, pandaid: int, task: Task, queue: Queue, status: str, day_start: int
) -> Job:
    ended = day_start + int(rng.random() * DAY_S)
    wall = int(min(max(rng.lognormvariate(math.log(4_000), 1.1), 120), DAY_S))
    # Long tail: most wait for half an hour, a few for three days.
    wait = int(min(max(rng.lognormvariate(math.log(2_400), 1.5), 30), 3 * DAY_S))
    unstarted = status in ("cancelled", "closed") and rng.random() < UNSTARTED_SHARE
    return Job(
        pandaid=pandaid,
        task=task,
        queue=queue,
        status=status,
        mode="none",
        created=ended - wait - (0 if unstarted else wall),
        started=None if unstarted else ended - wall,
        ended=ended,
        cores=1 if task.is_user else 8,
    )


def _furnish(rng: random.Random, grid: Platform, job: Job, first_file: int) -> None:
    """Give the job its files and transfers."""
    task = job.task
    # Remote readers read twice as much: 7 transfers a job against 3.7 (paper, Table 2).
    mean = 5.9 if job.is_remote else 2.85
    count = min(1 + int(rng.expovariate(1 / mean)), MOST_INPUTS)
    if job.mode != "none" or not task.is_user:
        job.files = [_input(rng, task, first_file + n) for n in range(count)]
    if task.is_user and rng.random() < 0.4:
        job.files.append(_library(task))
    outputs = rng.choices((1, 2, 3), (64, 26, 10))[0] if task.is_user else rng.randrange(4, 8)
    job.files += [_output(rng, job, n, "output") for n in range(outputs)]
    job.files.append(_output(rng, job, 0, "log"))
    job.input_bytes = sum(f.size or 0 for f in job.inputs)
    job.output_bytes = sum(f.size or 0 for f in job.files if f.kind == "output")
    if job.started is not None:
        job.stage_in = stage_in(rng, grid, job)
        job.uploads = uploads(rng, job)


def _input(rng: random.Random, task: Task, number: int) -> File:
    return File(
        kind="input",
        fileid=task.taskid * 100_000_000 + number,
        datasetid=task.datasetid("input"),
        scope=task.scope,
        lfn=f"{task.datatype}.{task.taskid - 1_000_000:08d}._{number:07d}.pool.root.1",
        dataset=task.dataset,
        block=task.block,
        size=int(rng.lognormvariate(math.log(1.2e9), 0.9)),
    )


def _library(task: Task) -> File:
    name = f"panda.{task.nick}.lib._{task.taskid:08d}"
    return File(
        kind="input",
        fileid=task.taskid * 100_000_000 + 99_999_999,
        datasetid=task.datasetid("lib"),
        scope="panda",
        lfn=f"{name}.{task.taskid * 7 % 10_000_000:010d}.lib.tgz",
        dataset=name,
        block=name,
        size=200_000 + task.taskid % 90_000,
    )


def _output(rng: random.Random, job: Job, number: int, kind: str) -> File:
    task = job.task
    ending = "log.tgz" if kind == "log" else f"out{number}.root"
    dataset = f"{task.output}.log" if kind == "log" else f"{task.output}_EXT{number}"
    return File(
        kind=kind,
        fileid=job.pandaid * 10 + (9 if kind == "log" else number),
        datasetid=task.datasetid(kind),
        scope=f"user.{task.nick}" if task.is_user else task.project,
        lfn=f"{task.output}.{job.pandaid}._{number:06d}.{ending}",
        dataset=dataset,
        block=f"{dataset}_sub{job.pandaid % 1_000_000:010d}",
        size=int(rng.lognormvariate(math.log(4e5 if kind == "log" else 8e7), 1.0)) + 1,
    )


def _follower(rng: random.Random, first: Job, pandaid: int, last_second: int) -> Job:
    """A job that reads the copies made for another: its retry, or a sibling of its task."""
    is_retry = first.status == "failed"
    ended = min(first.ended + rng.randrange(60, 3_600), last_second)
    job = Job(
        pandaid=pandaid,
        task=first.task,
        queue=first.queue,
        status="finished",
        mode="shared",
        created=first.created,
        started=first.started,
        ended=ended,
        cores=first.cores,
        is_remote=first.is_remote,
        attempt=2 if is_retry else 1,
        parent=first.pandaid if is_retry else None,
    )
    job.files = [f for f in first.files if f.kind == "input"]
    job.files += [_output(rng, job, 0, "output"), _output(rng, job, 0, "log")]
    job.input_bytes = first.input_bytes
    job.output_bytes = sum(f.size or 0 for f in job.files if f.kind == "output")
    first.follower = job
    return job

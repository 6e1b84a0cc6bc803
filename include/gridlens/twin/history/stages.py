"""What the pilot moves for a job: input in (or read in place), output away."""

from __future__ import annotations

import math
import random

from gridlens.twin.history.platform import Platform
from gridlens.twin.history.records import File, Job, Transfer, hex_id

SHARE_OF_WAIT = (0.02, 1.7)  # median and log-width: mean 8.4 % (data-management paper, sec. 5.1)
BYTES_PER_S = 4e7


def stage_in(rng: random.Random, grid: Platform, job: Job) -> list[Transfer]:
    """Copies of input before or at the start of the job, or direct reads while it runs.

    Libraries are not among them: the worker's cache has them from another job of the task.
    """
    if job.mode == "none":
        return []
    site = job.queue.site.name
    src_site, src_rse = site, job.queue.datadisk
    if job.is_remote:
        src_site, src_rse = rng.choice([s for s in grid.site_disks.items() if s[0] != site])
    transfers = [
        _get(rng, job, file, started, ended)
        for file, started, ended in _times(rng, job, job.inputs)
    ]
    for transfer in transfers:
        transfer.src_site, transfer.src_rse = src_site, src_rse
    return transfers


def uploads(rng: random.Random, job: Job) -> list[Transfer]:
    """Copies of output to storage in the last minutes of the job."""
    user = job.task.is_user
    site, clock = job.queue.site.name, job.ended - rng.randrange(20, 60)
    out: list[Transfer] = []
    for file in job.files:
        if file.kind != "output":
            continue
        transfer = _trace(rng, job, file, file.block if rng.random() < 0.3 else file.dataset)
        transfer.event = "put_sm_a" if user else "put_sm"
        transfer.activity = "Analysis Upload" if user else "Production Upload"
        transfer.src_site = transfer.dst_site = site
        transfer.src_rse = transfer.dst_rse = job.queue.scratchdisk
        transfer.submitted = transfer.started = clock
        transfer.ended = clock + 1 + int((file.size or 0) / BYTES_PER_S)
        out.append(transfer)
    return out


def _times(rng: random.Random, job: Job, files: list[File]) -> list[tuple[File, int, int | None]]:
    """Start and end of each copy, one after the other; direct reads have no end."""
    start = job.started or job.ended
    wall = max(job.ended - start, 1)
    if job.mode == "direct":
        return [(f, start + int(rng.random() * 0.9 * wall), None) for f in files]
    out: list[tuple[File, int, int | None]] = []
    if job.queue.is_push:
        median, width = SHARE_OF_WAIT
        share = min(rng.lognormvariate(math.log(median), width), 0.95)
        whole = max(int((start - job.created) * share), len(files))
        clock = max(start - whole - rng.randrange(0, 6), job.created)
    else:
        whole = min(len(files) * rng.randrange(4, 90), wall // 3)
        clock = start + rng.randrange(1, 20)
    for file in files:
        took = max(1, whole // len(files))
        out.append((file, clock, clock + took))
        clock += took
    return out


def _get(rng: random.Random, job: Job, file: File, started: int, ended: int | None) -> Transfer:
    # The pilot writes the dataset as the job has it: the container, or the dataset inside.
    transfer = _trace(rng, job, file, file.block if rng.random() < 0.4 else file.dataset)
    direct = job.mode == "direct"
    transfer.event = "get_sm_a" if job.task.is_user else "get_sm"
    transfer.state = "FOUND_ROOT" if direct else "DONE"
    transfer.activity = (
        "Analysis Download Direct IO"
        if direct
        else ("Analysis Download" if job.task.is_user else "Production Download")
    )
    transfer.dst_site, transfer.dst_rse = job.queue.site.name, job.queue.datadisk
    transfer.submitted = transfer.started = started
    transfer.ended = ended
    return transfer


def _trace(rng: random.Random, job: Job, file: File, dataset: str) -> Transfer:
    return Transfer(
        transfer_id=hex_id(rng),
        event="",
        state="DONE",
        activity="",
        scope=file.scope,
        lfn=file.lfn,
        dataset=dataset,
        size=file.size,
        src_rse=None,
        dst_rse=None,
        src_site=None,
        dst_site=None,
        submitted=0,
        started=0,
        ended=None,
        task=job.task.taskid,
        pandaid=job.pandaid,
        queue=job.queue.name,
    )

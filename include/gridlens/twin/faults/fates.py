"""What becomes of the trail between a job and its transfers: one fate a job.

The fates work on the history's records, before anything is written as a document.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from gridlens.twin.faults.catalogue import (
    COPIES,
    FATES,
    UNKNOWN_SPELLINGS,
    UPLOAD_KEPT,
    UPLOAD_LATE,
)
from gridlens.twin.faults.planted import Book
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import DAY_S, Job, Transfer, dealt, hex_id


def suffer(rng: random.Random, jobs: list[Job], book: Book) -> dict[int, str]:
    """Let each user job's trail meet its fate; returns the fates by job id."""
    fates: dict[int, str] = {}
    for mode, shares in FATES.items():
        chosen = [j for j in jobs if j.mode == mode and j.task.is_user and j.stage_in]
        for job, fate in zip(chosen, dealt(rng, shares, len(chosen)), strict=True):
            fates[job.pandaid] = fate
            _apply(rng, job, fate)
            if fate != "intact":
                book.note(fate, "jobs", job.pandaid)
    for job in jobs:
        if job.task.is_user:
            _fade_uploads(rng, job, fates.get(job.pandaid, "lost"), book)
    _copy_twice(rng, [j for j in jobs if fates.get(j.pandaid) == "intact"], book)
    return fates


def _apply(rng: random.Random, job: Job, fate: str) -> None:
    if fate in _JOB_FATES:
        _JOB_FATES[fate](rng, job)
    for transfer in job.stage_in:
        if fate in _TRANSFER_FATES:
            _TRANSFER_FATES[fate](rng, job, transfer)


def _lose(rng: random.Random, job: Job) -> None:
    job.stage_in = []


def _lose_one(rng: random.Random, job: Job) -> None:
    if len(job.stage_in) > 3:
        job.stage_in.pop()
        return
    # The job counts bytes that no transfer brought.
    extra = rng.randrange(1, 2_000_000)
    job.input_bytes += extra
    if job.follower:
        job.follower.input_bytes += extra


def _lose_files(rng: random.Random, job: Job) -> None:
    for victim in (job, job.follower):
        if victim:
            victim.files = [f for f in victim.files if f.kind != "input"]


def _unknown_site(rng: random.Random, job: Job, transfer: Transfer) -> None:
    transfer.dst_site = rng.choice(UNKNOWN_SPELLINGS)
    # The storage element is lost too: otherwise it would tell the site.
    transfer.dst_rse = rng.choice((None, "", "UNKNOWN"))


def _neighbour(rng: random.Random, job: Job, transfer: Transfer) -> None:
    disks = platform().site_disks
    site = sorted(s for s in disks if s != job.queue.site.name)[job.pandaid % (len(disks) - 1)]
    transfer.src_site = transfer.dst_site = site
    transfer.src_rse = transfer.dst_rse = disks[site]


def _other_dataset(rng: random.Random, job: Job, transfer: Transfer) -> None:
    transfer.dataset = f"panda.{job.task.taskid}.{job.pandaid % 977}._dis{job.pandaid % 10**6:06d}"


def _other_size(rng: random.Random, job: Job, transfer: Transfer) -> None:
    size = transfer.size or 0
    transfer.size = rng.choice((None, 0, size + rng.randrange(1, 4_096), size - 512))


def _other_task(rng: random.Random, job: Job, transfer: Transfer) -> None:
    transfer.task = job.task.taskid - 10_000


def _late_start(rng: random.Random, job: Job, transfer: Transfer) -> None:
    # Two hours and more: a sibling that shares the copy has ended by then, too.
    shift = job.ended - transfer.started + rng.randrange(7_200, 10_000)
    transfer.submitted += shift
    transfer.started += shift
    transfer.ended = None if transfer.ended is None else transfer.ended + shift


def _no_task(rng: random.Random, job: Job, transfer: Transfer) -> None:
    transfer.task = None


_JOB_FATES: dict[str, Callable[[random.Random, Job], None]] = {
    "lost": _lose,
    "partial": _lose_one,
    "files_missing": _lose_files,
}
_TRANSFER_FATES: dict[str, Callable[[random.Random, Job, Transfer], None]] = {
    "site_unknown": _unknown_site,
    "site_neighbour": _neighbour,
    "dataset_differs": _other_dataset,
    "size_differs": _other_size,
    "task_differs": _other_task,
    "started_late": _late_start,
    "task_missing": _no_task,
}


def _fade_uploads(rng: random.Random, job: Job, fate: str, book: Book) -> None:
    """Few uploads of user jobs are recorded with a task (paper, Table 1)."""
    if fate == "task_missing":
        for transfer in job.uploads:
            transfer.task = None
    elif fate != "intact" or job.mode != "download" or job.is_remote or rng.random() >= UPLOAD_KEPT:
        # Beside remote downloads an upload would make the job mixed: the paper found none exact.
        job.uploads = []
    elif rng.random() < UPLOAD_LATE:
        book.note("upload_started_late", "jobs", job.pandaid)
        for transfer in job.uploads:
            _late_start(rng, job, transfer)


def _copy_twice(rng: random.Random, intact: list[Job], book: Book) -> None:
    """Plant sets of files that had been brought before the job was made (paper, Fig. 12)."""
    local = [j for j in intact if j.mode == "download" and not j.is_remote]
    kinds = dealt(rng, (*COPIES.items(), ("", 0.0)), len(local))
    for job, kind in zip(local, kinds, strict=True):
        if not kind:
            continue
        earlier = job.created - rng.randrange(600, DAY_S)
        copies = [_earlier(rng, t, earlier - job.stage_in[0].started) for t in job.stage_in]
        for copy in copies:
            book.note(kind, "transfers", copy.transfer_id)
            if kind == "redundant_copy_unknown_site":
                _unknown_site(rng, job, copy)
        job.stage_in += copies


def _earlier(rng: random.Random, transfer: Transfer, shift: int) -> Transfer:
    return replace(
        transfer,
        transfer_id=hex_id(rng),
        pandaid=None,
        submitted=transfer.submitted + shift,
        started=transfer.started + shift,
        ended=None if transfer.ended is None else transfer.ended + shift,
    )


def served(job: Job) -> list[tuple[int, Transfer]]:
    """The truth: pairs of job id and transfer; copies that served no job are not in it."""
    pairs = [(t.pandaid, t) for t in (*job.stage_in, *job.uploads) if t.pandaid is not None]
    if job.follower:
        pairs += [(job.follower.pandaid, t) for t in job.stage_in if t.pandaid is not None]
    return pairs

"""Transfers that no job asked for: what replication rules move between sites."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace

from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import DAY_S, Transfer, draws, hex_id
from gridlens.twin.history.tasks import midnight, tasks_born
from gridlens.window import Day

EVENTS_PER_JOB = 3.55  # so that 23 % of all transfers know a task (paper, sec. 5.1)
FAILED_SHARE = 0.05
REASONS = (
    "TRANSFER [110] TRANSFER ERROR: Copy failed (3rd pull). Last attempt: connection timed out",
    "SOURCE [2] no such file or directory",
    "DESTINATION [28] no space left on device",
    "TRANSFER [70] checksum mismatch",
)


def rule_transfers(seed: int, day: Day, jobs_per_day: int) -> Iterator[Transfer]:
    """Rule-driven transfers that started on that day, failed attempts and their retries too."""
    rng = draws(seed, day, "rules")
    grid = platform()
    disks = grid.site_disks
    number = round(jobs_per_day * EVENTS_PER_JOB)
    links = rng.choices(grid.links, [math.sqrt(link.weight) for link in grid.links], k=number)
    users, production = tasks_born(seed, day, jobs_per_day)
    for n, link in enumerate(links):
        task = rng.choice(users if link.activity == "Analysis Input" else production)
        started = midnight(day) + int(rng.random() * DAY_S)
        size = int(rng.lognormvariate(math.log(2e9), 1.0))
        transfer = Transfer(
            transfer_id=hex_id(rng),
            event="transfer-done",
            state="DONE",
            activity=link.activity,
            scope=task.scope,
            lfn=f"{task.datatype}.{task.taskid - 1_000_000:08d}._R{n:06d}.pool.root.1",
            dataset=task.block,
            size=size,
            src_rse=disks.get(link.src),
            dst_rse=disks.get(link.dst),
            src_site=link.src,
            dst_site=link.dst,
            submitted=started - int(rng.expovariate(1 / 300)),
            started=started,
            ended=started + 1 + int(size / (2e6 + rng.random() * 8e7)),
        )
        if rng.random() < FAILED_SHARE:
            failed = failed_attempt(rng, transfer)
            transfer.retries = failed.transfer_id
            yield failed
        yield transfer


def failed_attempt(rng: random.Random, later: Transfer) -> Transfer:
    """The attempt before this one: it failed, on the same day, just as this one began."""
    return replace(
        later,
        transfer_id=hex_id(rng),
        event="transfer-failed",
        state="FAILED",
        submitted=later.submitted - 900,
        started=max(later.started - rng.randrange(60, 800), later.started // DAY_S * DAY_S),
        ended=later.started,
        reason=rng.choice(REASONS),
    )

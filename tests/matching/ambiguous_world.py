"""A seeded world in which most candidate pairs are wrong, for tests of the link probability.

Jobs of one task run at overlapping times, around midnight, and read one file, each through a copy
of its own to its site. Nothing but the site and the time tells whose a copy is, so that even
who knows how the world was made could not do better than guess among the jobs that were alive.
"""

import random
from datetime import timedelta

from matching_rows import at, file, job, transfer

SITES = ("CERN-PROD", "BNL-ATLAS", "RAL-LCG2")


def world(seed, tasks=400, in_queue=1 / 8, unrecorded=0.0):
    """Jobs, files and transfers, and the pairs of job and transfer that are true.

    Args:
        seed: makes all that is drawn.
        tasks: of one to eight jobs.
        in_queue: share of the copies that start in the job's queue time, not its wall time.
        unrecorded: share of the jobs that are in no record; their copies are, and nobody owns them.
    """
    rng = random.Random(seed)
    rows = [], [], []
    truth = set()
    for task in range(1, tasks + 1):
        began = at("02 14:00") + timedelta(hours=rng.uniform(0, 10))
        sites = rng.sample(SITES, rng.choice((1, 1, 2)))
        for number in range(rng.randint(1, 8)):
            made = _job(rng, 1_000 * task + number, task, began, rng.choice(sites))
            copied = _copy(rng, made, in_queue)
            rows[2].append(copied)
            if rng.random() < unrecorded:
                continue
            rows[0].append(made)
            rows[1].append(file(pandaid=made["pandaid"], jeditaskid=task, lfn=f"lib{task}.tgz"))
            truth.add((made["pandaid"], copied["transfer_id"]))
    return rows, truth


def _job(rng, pandaid, task, began, site):
    """A job that was made within two hours of its task, and waits and runs for about an hour."""
    created = began + timedelta(hours=rng.uniform(0, 2))
    started = created + timedelta(seconds=rng.lognormvariate(7.5, 1))
    ended = started + timedelta(seconds=rng.lognormvariate(8, 0.7))
    times = {"creationtime": created, "starttime": started, "endtime": ended}
    return job(pandaid=pandaid, jeditaskid=task, site=site, **times)


def _copy(rng, made, in_queue):
    """A copy that starts at any time of the job's queue time or of its wall time."""
    is_early = rng.random() < in_queue
    begin, end = ("creationtime", "starttime") if is_early else ("starttime", "endtime")
    return transfer(
        transfer_id=f"t{made['pandaid']}",
        jeditaskid=None if rng.random() < 0.5 else made["jeditaskid"],
        lfn=f"lib{made['jeditaskid']}.tgz",
        dst_site=None if rng.random() < 0.02 else made["site"],
        started_at=made[begin] + rng.random() * (made[end] - made[begin]),
    )

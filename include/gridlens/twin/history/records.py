"""What happened, as plain records; times are seconds since 1970, UTC."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from gridlens.twin.history.platform import Queue

DAY_S = 86_400


@dataclass(slots=True)
class File:
    """A file that a job reads or writes."""

    kind: str
    fileid: int
    datasetid: int
    scope: str
    lfn: str
    dataset: str
    block: str
    size: int | None


@dataclass(slots=True)
class Transfer:
    """Bytes on their way: a pilot's trace or an event of a replication rule."""

    transfer_id: str
    event: str
    state: str
    activity: str
    scope: str
    lfn: str
    dataset: str | None
    size: int | None
    src_rse: str | None
    dst_rse: str | None
    src_site: str | None
    dst_site: str | None
    submitted: int
    started: int
    ended: int | None
    task: int | None = None
    pandaid: int | None = None
    queue: str | None = None
    reason: str = "OK"
    retries: str | None = None
    is_known_job: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A JEDI task with one input, one output and one log dataset."""

    taskid: int
    born: int
    is_user: bool
    nick: str
    scope: str
    dataset: str
    output: str
    project: str
    datatype: str

    @property
    def block(self) -> str:
        """Dataset inside the input container."""
        return f"{self.dataset}_tid{self.taskid - 1_000_000:08d}_00"

    @property
    def end(self) -> int:
        """When the task is done: jobs of three days belong to it."""
        return self.born + 2 * DAY_S + 80_000 + self.taskid % 6_000

    def datasetid(self, kind: str) -> int:
        """Id of its dataset of that kind."""
        return self.taskid * 10 + ("input", "output", "log", "lib").index(kind)


@dataclass(slots=True)
class Job:
    """A job, its files and the transfers that served it."""

    pandaid: int
    task: Task
    queue: Queue
    status: str
    mode: str
    created: int
    started: int | None
    ended: int
    cores: int
    is_remote: bool = False
    attempt: int = 1
    parent: int | None = None
    files: list[File] = field(default_factory=list)
    stage_in: list[Transfer] = field(default_factory=list)
    uploads: list[Transfer] = field(default_factory=list)
    follower: Job | None = None
    input_bytes: int = 0
    output_bytes: int = 0

    @property
    def inputs(self) -> list[File]:
        """Its input files, libraries excluded."""
        return [f for f in self.files if f.kind == "input" and not f.lfn.endswith(".lib.tgz")]


def dealt(rng: random.Random, shares: Sequence[tuple[str, float]], number: int) -> list[str]:
    """As many names, in random order, in these shares to within one; the last takes the rest.

    Quotas instead of dice keep rare outcomes at their rate in a small grid too.
    """
    names: list[str] = []
    upto = 0.0
    for name, share in shares[:-1]:
        upto += share
        names += [name] * (round(upto * number) - len(names))
    names += [shares[-1][0]] * (number - len(names))
    rng.shuffle(names)
    return names


def draws(seed: int, day: object, purpose: str) -> random.Random:
    """The draws of one day for one purpose: apart, so that a day can be made alone."""
    return random.Random(f"{seed}/{day}/{purpose}")  # noqa: S311 - nothing secret is drawn


def hex_id(rng: random.Random) -> str:
    """An id of 32 hex digits."""
    return f"{rng.getrandbits(128):032x}"

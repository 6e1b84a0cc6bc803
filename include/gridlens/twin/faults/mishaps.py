"""What happens to single documents: doubled, late, misspelled, of an odd type.

A fault that would change what the planted fates say happens only to records outside them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from gridlens.twin.documents.clock import iso
from gridlens.twin.documents.cric import ALIASES
from gridlens.twin.documents.panda import Document, file_document, job_document
from gridlens.twin.documents.rucio import pending_documents, transfer_document
from gridlens.twin.faults.catalogue import (
    FILE_FAULTS,
    JOB_FAULTS,
    ODD_VALUES,
    TRANSFER_FAULTS,
    UNKNOWN_SPELLINGS,
)
from gridlens.twin.faults.planted import Book, Dice
from gridlens.twin.history.records import DAY_S, File, Job, Transfer, hex_id

# A document and how many days after its own day it is written.
Written = tuple[int, Document]
HARMFUL = ("site_spelled_unknown", "storage_as_site", "bytes_missing", "odd_type")


class Mishaps:
    """Turns the records of one day into documents, with faults as the catalogue has them."""

    def __init__(self, rng: random.Random, book: Book) -> None:
        self._rng = rng
        self._book = book
        self._jobs = Dice(rng, JOB_FAULTS)
        self._files = Dice(rng, FILE_FAULTS)
        self._transfers = Dice(rng, TRANSFER_FAULTS)

    def of_job(self, job: Job) -> Iterator[Written]:
        """The documents of a job: one, unless a fault doubles it."""
        document = job_document(self._rng, job)
        fault = self._jobs.fault()
        if fault and not _can_happen(fault, job):
            fault = None
        if fault:
            self._book.note(fault, "jobs", job.pandaid)
        shift = self._rng.randrange(1, 3) if fault == "late" else 0
        if fault in ("duplicate", "moved"):
            yield _earlier_record(document, job, moved=fault == "moved")
        elif fault in _JOB_CHANGES:
            _JOB_CHANGES[fault](self._rng, document, job)
        yield shift, document

    def of_file(self, job: Job, file: File, *, is_plain: bool) -> Iterator[Written]:
        """The documents of one file of a job; ``is_plain``: no fate hangs on it."""
        document = file_document(job, file)
        fault = self._files.fault()
        if fault is None or (fault in ("size_missing", "odd_type") and not is_plain):
            yield 0, document
            return
        self._book.note(fault, "files", f"{job.pandaid}/{file.fileid}")
        if fault == "size_missing":
            document["fsize"] = self._rng.choice((0, None))
        elif fault == "odd_type":
            document["fsize"] = self._rng.choice(ODD_VALUES)
        elif fault == "duplicate":
            yield 0, dict(document)
        yield (self._rng.randrange(1, 3) if fault == "late" else 0), document

    def of_transfer(self, transfer: Transfer) -> Iterator[Written]:
        """The documents of one transfer, earlier states and failed attempts included."""
        indexed = (transfer.ended or transfer.started) + 40
        document = transfer_document(transfer, indexed)
        fault = self._transfers.fault()
        bears_fate = transfer.task is not None and transfer.activity.startswith("Analysis")
        if fault is None or (bears_fate and fault in HARMFUL):
            yield 0, document
            return
        shift = 0
        self._book.note(fault, "transfers", transfer.transfer_id)
        if fault == "late":
            shift = self._rng.randrange(1, 3)
        elif fault == "duplicate":
            yield 0, transfer_document(transfer, indexed - 30)
        elif fault == "pending_states" and not transfer.queue:
            yield from ((0, earlier) for earlier in pending_documents(transfer))
        elif fault == "attempt_failed" and transfer.queue:
            yield 0, self._failed_attempt(transfer, indexed)
        elif fault in _TRANSFER_CHANGES:
            _TRANSFER_CHANGES[fault](self._rng, document["data"])
        yield shift, document

    def _failed_attempt(self, transfer: Transfer, indexed: int) -> Document:
        document = transfer_document(transfer, indexed - 20)
        state, reason = self._rng.choice(
            (
                ("FAILED_REMOTE_OPEN", "Remote file could not be opened"),
                ("STAGEIN_ATTEMPT_FAILED", "Failed to stage-in file: timeout"),
                ("NO_REPLICA", "no replicas found"),
            )
        )
        document["data"].update(traceId=hex_id(self._rng), clientState=state, stateReason=reason)
        return document


def _can_happen(fault: str, job: Job) -> bool:
    """Whether the fault makes sense for that job, and leaves its fate as it is."""
    if fault in ("queue_unknown", "output_capped", "odd_type"):
        return not job.stage_in
    if fault == "times_out_of_order":
        return job.started is not None
    if fault == "moved":
        return job.started is not None and job.started < _eve(job)
    return True


def _eve(job: Job) -> int:
    """A minute before the day of the job's end began."""
    return job.ended // DAY_S * DAY_S - 60


def _earlier_record(document: Document, job: Job, *, moved: bool) -> Written:
    """The same job as an older record had it: on its way out, or given up the day before."""
    ended = _eve(job) if moved else job.ended
    earlier = {
        **document,
        "jobstatus": "failed" if moved else "transferring",
        "endtime": iso(ended, job.pandaid % 4),
        "statechangetime": iso(ended + 2, job.pandaid % 4),
        "modificationtime": iso(ended + 5, job.pandaid % 4),
    }
    return (-1 if moved else 0), earlier


def _unknown_queue(rng: random.Random, document: Document, job: Job) -> None:
    document["computingsite"] = "ANALY_CLOSED_QUEUE"


def _cap_output(rng: random.Random, document: Document, job: Job) -> None:
    document["outputfilebytes"] = 99_999_999_999


def _odd_job(rng: random.Random, document: Document, job: Job) -> None:
    field = rng.choice(("ninputdatafiles", "attemptnr", "maxpss", "nevents", "reqid"))
    document[field] = rng.choice(ODD_VALUES)


def _disorder(rng: random.Random, document: Document, job: Job) -> None:
    document["starttime"] = iso(job.created - 600, job.pandaid % 4)


def _unknown_side(rng: random.Random, data: Document) -> None:
    data[rng.choice(_SIDES)] = rng.choice(UNKNOWN_SPELLINGS)


def _alias(rng: random.Random, data: Document) -> None:
    for side in _SIDES:
        site = data[side]
        if site:
            data[side] = ALIASES.get(site, site.lower())


def _storage_as_site(rng: random.Random, data: Document) -> None:
    side = rng.choice(_SIDES)
    data[side] = data[side.replace("_experiment_site", "_rse")] or data[side]


def _no_bytes(rng: random.Random, data: Document) -> None:
    data["bytes"] = data["file_size"] = rng.choice((0, None, "None"))


def _odd_transfer(rng: random.Random, data: Document) -> None:
    odd = rng.choice(ODD_VALUES)
    if rng.random() < 0.5:
        data["bytes"] = data["file_size"] = odd
    else:
        data["transferred_at"] = odd


def _no_duration(rng: random.Random, data: Document) -> None:
    data["duration"] = -1


_SIDES = ("src_experiment_site", "dst_experiment_site")
_JOB_CHANGES: dict[str, Callable[[random.Random, Document, Job], None]] = {
    "queue_unknown": _unknown_queue,
    "output_capped": _cap_output,
    "odd_type": _odd_job,
    "times_out_of_order": _disorder,
}
_TRANSFER_CHANGES: dict[str, Callable[[random.Random, Document], None]] = {
    "site_spelled_unknown": _unknown_side,
    "site_alias": _alias,
    "storage_as_site": _storage_as_site,
    "bytes_missing": _no_bytes,
    "odd_type": _odd_transfer,
    "duration_missing": _no_duration,
}

"""Drawn jobs as PanDA's exports would write them: what a workload says, and little else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import InputError
from gridlens.twin.documents.clock import NEVER
from gridlens.twin.documents.exports import encode, write_packed

Document = dict[str, Any]

# Who made them: neither a user's jobs nor production's, and nobody shall take them for such.
MARK = "synthetic"
_BATCH = 10_000
_AS_THEY_ARE = (
    "jeditaskid",
    "jobstatus",
    "computingsite",
    "ninputdatafiles",
    "inputfilebytes",
    "corecount",
    "nevents",
    "workinggroup",
    "processingtype",
)


def write_workload(
    workload: pa.Table, path: Path, speeds: Mapping[str, float], first_pandaid: int = 1
) -> int:
    """Write a workload as archived PanDA jobs, gzipped NDJSON (field map ``panda_jobs_archived``).

    What the workload does not say is derived: ids count on; CPU time is the work divided by the
    speed of the queue's cores, in whole seconds, so that reading it back finds the work within one
    second of a core; the wall time is what all cores together need for it, and begins at once, as
    a workload knows no queueing; a job without CPU time that did not finish never started. A
    dataset's name carries the project, production step and data type, if there is a step; 0 input
    bytes are read back as NULL, as in all of PanDA's records. Owner, label and program are
    ``synthetic``. Everything else is left out.

    Args:
        workload: the generator's variables, one row a job; optional ones may be absent.
        path: the file to write.
        speeds: GFLOP/s of one core, by PanDA queue.
        first_pandaid: the id of the first job.

    Returns:
        Number of documents.

    Raises:
        InputError: a job without a time, or a queue whose speed is unknown or not above 0.
    """
    _require(workload, speeds)
    write_packed(path, _parts(workload, speeds, first_pandaid))
    return len(workload)


def _require(workload: pa.Table, speeds: Mapping[str, float]) -> None:
    if workload.column("creationtime").null_count:
        raise InputError("a drawn job has no creationtime, so it is of no day: leave it out")
    for queue in pc.unique(workload.column("computingsite")).to_pylist():
        if not 0 < speeds.get(queue, 0) < math.inf:
            raise InputError(
                f"the speed of a core of queue '{queue}' is {speeds.get(queue, 'unknown')}: "
                "give its GFLOP/s, above 0"
            )


def _parts(workload: pa.Table, speeds: Mapping[str, float], pandaid: int) -> Iterator[str]:
    for batch in workload.to_batches(_BATCH):
        rows = batch.to_pylist()
        documents = (_document(job, pandaid + i, speeds) for i, job in enumerate(rows))
        yield "".join(f"{encode(document)}\n" for document in documents)
        pandaid += len(rows)


def _document(job: Mapping[str, Any], pandaid: int, speeds: Mapping[str, float]) -> Document:
    work = job["workload_gflop"]
    cpu_s = None if work is None else round(work / speeds[job["computingsite"]])
    created: datetime = job["creationtime"]
    wall_s = math.ceil((cpu_s or 0) / (job.get("corecount") or 1))
    ended = _text(created + timedelta(seconds=wall_s))
    has_started = cpu_s or job["jobstatus"] == "finished"
    return {
        "pandaid": pandaid,
        **{name: job[name] for name in _AS_THEY_ARE if name in job},
        "attemptnr": 1,
        "creationtime": _text(created),
        "starttime": _text(created) if has_started else NEVER,
        "endtime": ended,
        "statechangetime": ended,
        "modificationtime": ended,
        "cpuconsumptiontime": cpu_s,
        "inputfileproject": job["project"],
        "inputfiletype": job["datatype"],
        "proddblock": _dataset(job),
        "prodsourcelabel": MARK,
        "produsername": MARK,
        "transformation": MARK,
    }


def _dataset(job: Mapping[str, Any]) -> str | None:
    """``scope:project.number.stream.prodstep.datatype.version``."""
    project, step, datatype = job["project"], job["prodstep"], job["datatype"]
    if step is None:
        return None
    scope = project or MARK
    number = f"{job.get('jeditaskid') or 0:08d}"
    return f"{scope}:{scope}.{number}.{MARK}.{step}.{datatype or MARK}.{MARK}/"


def _text(time: datetime) -> str:
    return time.isoformat(" ", "seconds")

"""Jobs, files, tasks and datasets as PanDA's exports write them (lower-case database names)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from gridlens.twin.documents.clock import NEVER, iso
from gridlens.twin.history.records import DAY_S, File, Job, Task

Document = dict[str, Any]

# Component, code, diagnosis: what a failed job reports, with its weight.
ERRORS = (
    ("pilot", 1305, "Failed to execute payload", 40),
    ("pilot", 1361, "Remote file could not be opened", 12),
    ("pilot", 1099, "Failed to stage-in file", 10),
    ("pilot", 1235, "Job has exceeded the memory limit", 8),
    ("exe", 65, "Non-zero return code from Overlay (1)", 20),
    ("sup", 1, "Unknown submission error", 2),
    ("ddm", 200, "Could not add files to DDM", 6),
    ("brokerage", 101, "No queue satisfies the job", 1),
    ("jobdispatcher", 100, "Lost heartbeat", 9),
    ("taskbuffer", 102, "Expired in the queue", 5),
)
COMPONENTS = ("pilot", "exe", "sup", "ddm", "brokerage", "jobdispatcher", "taskbuffer")
# So that the shares of the categories add up to about 117 % (introspective paper).
MORE_ERRORS = ((1, 0.85), (2, 0.13), (3, 0.02))


def job_document(rng: random.Random, job: Job) -> Document:
    """One archived job."""
    form, user = job.pandaid % 4, job.task.is_user
    wall = job.ended - job.started if job.started is not None else 0
    document: Document = {
        **_identity(job),
        "creationtime": iso(job.created, form),
        "starttime": NEVER if job.started is None else iso(job.started, form),
        "endtime": iso(job.ended, form),
        "statechangetime": iso(job.ended + 60, form),
        "modificationtime": iso(job.ended + 90, form),
        **_place(job),
        **_owner(job.task),
        **_work(rng, job, wall),
        **_data(job),
    }
    for component in COMPONENTS:
        document[f"{component}errorcode"] = 0
        document[f"{component}errordiag"] = None
    if job.status == "failed":
        _add_errors(rng, document)
    document["transexitcode"] = str(document["exeerrorcode"]) if user else None
    document["pilottiming"] = _pilot_timing(rng, job, wall)
    return document


def file_document(job: Job, file: File) -> Document:
    """One row of FILESTABLE: a file of a job."""
    is_input = file.kind == "input"
    scoped = file.fileid % 2 == 0
    return {
        "pandaid": job.pandaid,
        "jeditaskid": job.task.taskid,
        "datasetid": file.datasetid,
        "fileid": file.fileid,
        "type": file.kind,
        "lfn": file.lfn,
        "scope": file.scope,
        "dataset": _dataset_name(file, scoped),
        "proddblock": _scoped(file.scope, file.block, scoped) if is_input else None,
        "dispatchdblock": f"panda.{job.task.taskid}._dis{job.pandaid % 10**6}"
        if is_input
        else None,
        "destinationdblock": None if is_input else file.block,
        "fsize": file.size,
        "guid": f"{file.fileid * 2654435761 % 2**128:032x}".upper(),
        "checksum": f"ad:{file.fileid * 40503 % 2**32:08x}",
        "status": "ready" if is_input else job.status,
        "attemptnr": job.attempt,
        "modificationtime": iso(job.ended + 90, job.pandaid),
    }


def task_document(task: Task, now: int, is_done: bool) -> Document:
    """One JEDI task, running or done."""
    failed = task.taskid % 11 == 0
    return {
        "jeditaskid": task.taskid,
        "taskname": f"{task.output}/" if task.is_user else task.output,
        "status": ("failed" if failed else "finished") if is_done else "running",
        "superstatus": ("failed" if failed else "done") if is_done else "running",
        "username": f"{task.nick} name" if task.is_user else "prod manager",
        "reqid": task.taskid % 90_000,
        "prodsourcelabel": "user" if task.is_user else "managed",
        "processingtype": "panda-client-1.5.79-jedi-run" if task.is_user else "recon",
        "tasktype": "anal" if task.is_user else "prod",
        "workinggroup": None if task.is_user else "AP_REPR",
        "corecount": 0 if task.taskid % 5 == 0 else (1 if task.is_user else 8),
        "creationdate": iso(task.born - 3_600, task.taskid),
        "starttime": iso(task.born - 1_800, task.taskid),
        "endtime": iso(task.end, task.taskid) if is_done else None,
        "statechangetime": iso(now, task.taskid),
        "modificationtime": iso(now, task.taskid),
        "site": None,
        "cloud": "WORLD",
        "nucleus": "CERN",
        "gshare": "User Analysis" if task.is_user else "Data Derivations",
        "resource_type": "SCORE" if task.is_user else "MCORE",
        "progress": 100 if is_done else 40,
        "failurerate": task.taskid % 30,
        "campaign": "MC23" if task.project.startswith("mc23") else None,
        "parent_tid": task.taskid,
        "attemptnr": 1,
    }


def dataset_documents(task: Task) -> Iterator[Document]:
    """The input, output and log dataset of a task."""
    names = {"input": task.block, "output": f"{task.output}_EXT0", "log": f"{task.output}.log"}
    for kind, name in names.items():
        scope = task.scope if kind == "input" or not task.is_user else f"user.{task.nick}"
        yield {
            "datasetid": task.datasetid(kind),
            "jeditaskid": task.taskid,
            "datasetname": f"{scope}:{name}" if task.taskid % 2 else name,
            "containername": f"{scope}:{task.dataset}/" if kind == "input" else f"{name}/",
            "type": kind,
            "status": "ready",
            "nfiles": 20 + task.taskid % 400,
            "nfilesfinished": 20 + task.taskid % 300,
            "nfilesfailed": task.taskid % 7,
            "nevents": None if kind == "log" else 1_000 * (task.taskid % 900),
            "bytes": (1 + task.taskid % 800) * 10**9,
            "creationtime": iso(task.born + task.taskid % DAY_S, task.taskid),
            "modificationtime": iso(task.born + DAY_S, task.taskid),
        }


def _identity(job: Job) -> Document:
    task = job.task
    return {
        "pandaid": job.pandaid,
        "jeditaskid": task.taskid,
        "reqid": task.taskid % 90_000,
        "jobsetid": job.pandaid // 10,
        "attemptnr": job.attempt,
        "maxattempt": 5,
        "parentid": job.parent,
        "jobname": f"{task.output}/.{job.pandaid}",
        "jobstatus": job.status,
        "jobsubstatus": "toreassign" if job.status == "closed" else None,
    }


def _place(job: Job) -> Document:
    site = job.queue.site
    return {
        "computingsite": job.queue.name,
        "computingelement": f"ce{job.pandaid % 4:02d}.{site.name.lower()}.example",
        "nucleus": "CERN",
        "cloud": site.cloud,
        "resource_type": "SCORE" if job.cores == 1 else "MCORE",
    }


def _owner(task: Task) -> Document:
    return {
        "gshare": "User Analysis" if task.is_user else "Data Derivations",
        "prodsourcelabel": "user" if task.is_user else "managed",
        "processingtype": "panda-client-1.5.79-jedi-run" if task.is_user else "recon",
        "transformation": "http://pandaserver.example/trf/user/runAthena-00-00-12"
        if task.is_user
        else "Reco_tf.py",
        "produsername": f"{task.nick} name" if task.is_user else "prod manager",
        "produserid": f"/DC=example/DC=users/CN={task.nick}" if task.is_user else "/CN=prodsys",
        "workinggroup": None if task.is_user else "AP_REPR",
    }


def _work(rng: random.Random, job: Job, wall: int) -> Document:
    power = 10 + len(job.queue.name) % 9
    memory = 600_000 + rng.randrange(3_000_000)
    return {
        "corecount": job.cores,
        "actualcorecount": job.cores if job.started is not None else None,
        "cpuconsumptiontime": int(wall * job.cores * (0.55 + 0.4 * rng.random())),
        "hs06": job.cores * power,
        "hs06sec": wall * power * job.cores,
        "nevents": wall * 3,
        "maxpss": memory,
        "avgpss": memory * 3 // 4,
        "maxrss": memory * 5 // 4,
        "maxvmem": memory * 3,
        "totrbytes": job.input_bytes // 1024,
        "totwbytes": job.output_bytes // 1024,
        "currentpriority": 1000 - job.pandaid % 1_400,
    }


def _data(job: Job) -> Document:
    task, inputs = job.task, job.inputs
    produced = sum(f.kind == "output" for f in job.files)
    return {
        "transfertype": "direct" if job.mode == "direct" else None,
        "ninputdatafiles": len(inputs),
        # Nothing to read is written as no number at all.
        "inputfilebytes": job.input_bytes or None,
        "noutputdatafiles": produced,
        "outputfilebytes": job.output_bytes or None,
        "inputfileproject": task.project,
        "inputfiletype": task.datatype,
        "proddblock": f"{task.scope}:{task.dataset}/",
        "destinationdblock": f"{task.output}_EXT0",
    }


def _add_errors(rng: random.Random, document: Document) -> None:
    number = rng.choices([n for n, _ in MORE_ERRORS], [w for _, w in MORE_ERRORS])[0]
    found: set[str] = set()
    while len(found) < number:
        component, code, diagnosis, _ = rng.choices(ERRORS, [e[3] for e in ERRORS])[0]
        document[f"{component}errorcode"] = code
        document[f"{component}errordiag"] = diagnosis
        found.add(component)


def _pilot_timing(rng: random.Random, job: Job, wall: int) -> str | None:
    """Stage times of the pilot: four, five or six fields, by its version."""
    if job.started is None:
        return None
    staged_in = sum(
        t.ended - max(t.started, job.started)
        for t in job.stage_in
        if t.ended and t.ended > job.started
    )
    out, start_up = 3 + rng.randrange(40), 2 + rng.randrange(12)
    payload = max(wall - staged_in - out - start_up, 0)
    return "|".join(map(str, (1, staged_in, payload, out, start_up, 1)[: 4 + job.pandaid % 3]))


def _dataset_name(file: File, scoped: bool) -> str:
    ending = "/" if file.kind == "input" and not scoped else ""
    return _scoped(file.scope, file.dataset + ending, scoped)


def _scoped(scope: str, name: str, scoped: bool) -> str:
    return f"{scope}:{name}" if scoped else name

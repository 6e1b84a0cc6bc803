"""What a candidate pair of the link probability is, and how far its two sides agree.

A transfer names the file, so a pair that shares one needs no further sign that the file is the
same. What has to be told is the job: by its task, its site and its time.
"""

from __future__ import annotations

from gridlens.matching.links import link_tables
from gridlens.matching.meeting import met_tables
from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, named_columns

# A file name alone may be shared by tasks, so a transfer without a task must agree in the dataset.
_BLOCKED = "(f.jeditaskid = t.transfer_task or t.transfer_task is null)"
# A file is the job's only if both name the same task.
_CANDIDATE = (
    "job_task = jeditaskid and scope_ok and kind_ok "
    "and (task_ok or (transfer_task is null and dataset_ok))"
)
# Clocks go wrong: how far outside the job's life a transfer may seem to start.
EARLIEST_DAYS = 7
LATEST_DAYS = 1

# In this order; the last level of each holds what is left.
LEVELS = {
    "task": {"same": "task_ok", "missing": ""},
    "dataset": {
        "same": "dataset_ok",
        "missing": "transfer_dataset is null or coalesce(file_dataset, file_block) is null",
        "other": "",
    },
    "size": {
        "same": "size_ok",
        "missing": "transfer_bytes is null or file_bytes is null",
        "other": "",
    },
    "site": {
        "same": "transfer_site = job_site",
        "unknown": "transfer_site is null or job_site is null",
        "other": "",
    },
    "time": {
        "before": "started_at < creationtime",
        "queue": "started_at < starttime",
        "wall": "started_at < endtime",
        "after": "",
    },
}


def level(of: str) -> str:
    """The level of one comparison in SQL, by name."""
    *told, (last, _) = LEVELS[of].items()
    cases = " ".join(f"when {condition} then '{name}'" for name, condition in told)
    return f"case {cases} else '{last}' end"


def in_reach() -> str:
    """When a transfer may start to be a candidate, in SQL."""
    return (
        f"started_at >= creationtime - interval '{EARLIEST_DAYS}' day "
        f"and started_at < endtime + interval '{LATEST_DAYS}' day"
    )


def compared_tables(relations: Relations) -> str:
    """`with …` up to `compared`: a row a job, file row and transfer, with a level a comparison.

    Args:
        relations: what is read; its `job_extra` has ``starttime`` and ``jeditaskid``.
    """
    by_name = Reading(require_task=False)
    met = met_tables(by_name, relations, same_size=False)
    met["met"] += f" and {_BLOCKED}"
    levels = named_columns({f"{name}_level": level(name) for name in LEVELS})
    return (
        f"{link_tables(by_name, relations, met, sums=False)},\n"
        f"compared as (\n  select\n    judged.*,\n{levels}\n  from judged\n"
        f"  where {_CANDIDATE}\n    and {in_reach()}\n)"
    )

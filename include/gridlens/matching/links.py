"""The common table expressions that every question about matching starts from, in SQL.

Transfers are cut to the jobs' tasks first, then met with files, and jobs join last: jobs times
files is the largest product of the three, and most of it meets no transfer.
"""

from __future__ import annotations

from gridlens.matching import criteria, sums
from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, indented, named_columns
from gridlens.matching.values import OUTPUT_TOTAL_CAP, counted, direction, given, normalise

FILE_OF_JOB = "links.pandaid = job_rows.pandaid and links.job_task = job_rows.job_task"


def link_tables(
    reading: Reading, relations: Relations, met: str, same_job: str = FILE_OF_JOB
) -> str:
    """`with …`: from the relations to judged rows, one a job, file row and transfer.

    Args:
        reading: how the paper is read.
        relations: what is read.
        met: the SELECT that brings transfers and files together.
        same_job: how a row that met finds its job.
    """
    tables = {
        "job_rows": _job_rows(relations),
        "transfer_rows": _transfer_rows(relations),
        "task_transfers": _TASK_TRANSFERS,
        "met": met,
        "named": _named(relations),
        "known": _known(relations),
        "links": _links(),
        "judged": _judged(reading, relations, same_job),
        **sums.sum_tables(reading, relations),
    }
    return "with " + ",\n".join(f"{name} as (\n{body}\n)" for name, body in tables.items())


def met_columns(
    relations: Relations, pandaid: str = "f.pandaid", task: str = "f.jeditaskid"
) -> str:
    """What `met` takes from a transfer `t`, a file `f`, and the job's ids from where they stand."""
    destination = "f.destinationdblock" if "destinationdblock" in relations.file_columns else _TEXT
    lines = [
        f"{pandaid} as pandaid",
        f"{task} as job_task",
        "f.lfn as file_lfn",
        "f.type as file_type",
        "f.scope as file_scope",
        "f.dataset_name as file_dataset",
        "f.proddblock as file_input_block",
        f"{destination} as file_output_block",
        "f.fsize as file_bytes",
        "t.transfer_id",
        "t.transfer_task",
        "t.transfer_lfn",
        "t.transfer_scope",
        "t.transfer_dataset",
        "t.transfer_block",
        "t.transfer_bytes",
        "t.direction",
        "t.transfer_site",
        "t.started_at",
        "t.transfer_pandaid",
        *(f"t.{name}" for name in relations.transfer_extra),
    ]
    return indented(lines)


_TEXT = "cast(null as varchar)"


def _job_rows(relations: Relations) -> str:
    site = "site" if "site" in relations.job_columns else "computingsite"
    lines = [
        "pandaid",
        "case when jeditaskid > 0 then jeditaskid end as job_task",
        "creationtime",
        "endtime",
        f"{given(site)} as job_site",
        "nullif(inputfilebytes, 0) as input_total",
        f"case when outputfilebytes < {OUTPUT_TOTAL_CAP} then nullif(outputfilebytes, 0) end "
        "as output_total",
        *relations.job_extra,
    ]
    return f"  select\n{indented(lines)}\n  from {relations.schema}jobs"


def _transfer_rows(relations: Relations) -> str:
    way = direction("activity")
    site = f"case {way} when 'download' then dst_site when 'upload' then src_site end"
    block = "proddblock" if "proddblock" in relations.transfer_columns else _TEXT
    pandaid = "pandaid" if "pandaid" in relations.transfer_columns else "cast(null as bigint)"
    lines = [
        "transfer_id",
        "case when jeditaskid > 0 then jeditaskid end as transfer_task",
        "lfn as transfer_lfn",
        "scope as transfer_scope",
        "dataset_name as transfer_dataset",
        f"{block} as transfer_block",
        "nullif(bytes, 0) as transfer_bytes",
        f"{way} as direction",
        f"{site} as transfer_site",
        "started_at",
        f"{pandaid} as transfer_pandaid",
        *relations.transfer_extra,
    ]
    return f"  select\n{indented(lines)}\n  from {relations.schema}transfers"


_TASK_TRANSFERS = """\
  select * from transfer_rows
  where transfer_task in (select job_task from job_rows)"""


def _named(relations: Relations) -> str:
    block = f"coalesce({given('file_input_block')}, {given('file_output_block')})"
    names = {
        "file_dataset": normalise("file_dataset"),
        "file_block": normalise(block),
        "transfer_dataset": normalise("transfer_dataset"),
        "transfer_block": normalise("transfer_block"),
    }
    as_met = [
        *("pandaid", "job_task", "file_lfn", "file_type", "file_scope", "file_bytes"),
        *("transfer_id", "transfer_task", "transfer_lfn", "transfer_scope", "transfer_bytes"),
        *(
            "direction",
            "transfer_site",
            "started_at",
            "transfer_pandaid",
            *relations.transfer_extra,
        ),
    ]
    return f"  select\n{indented(as_met)},\n{named_columns(names)}\n  from met"


def _known(relations: Relations) -> str:
    texts = [
        *("file_lfn", "file_type", "file_scope", "file_dataset", "file_block"),
        *("transfer_lfn", "transfer_scope", "transfer_dataset", "transfer_block", "transfer_site"),
    ]
    values = {
        "file_bytes": "nullif(file_bytes, 0)",
        **{text: given(text) for text in texts},
    }
    kept = [
        *("pandaid", "job_task", "transfer_id", "transfer_task", "transfer_bytes", "direction"),
        *("started_at", "transfer_pandaid", *relations.transfer_extra),
    ]
    return f"  select\n{indented(kept)},\n{named_columns(values)}\n  from named"


def _links() -> str:
    outcomes = {name: f"coalesce({sql}, false)" for name, sql in criteria.LINK.items()}
    outcomes["is_counted"] = (
        f"coalesce({counted('direction', 'file_type', 'file_lfn', 'file_dataset')}, false)"
    )
    return f"  select\n    *,\n{named_columns(outcomes)}\n  from known"


def _judged(reading: Reading, relations: Relations, same_job: str) -> str:
    loosely = " and ".join(criteria.needed_links(reading))
    outcomes = {
        "loosely_linked": loosely,
        "linked": f"{loosely} and size_ok",
        **{n: f"coalesce({sql}, false)" for n, sql in criteria.time_criteria(reading).items()},
        "site_ok": f"coalesce({criteria.SITE}, false)",
        "started_before_creation": "coalesce(started_at < creationtime, false)",
    }
    jobs = ["creationtime", "endtime", "job_site", "input_total", "output_total"]
    inner = (
        f"    select\n      links.*,\n{indented([*jobs, *relations.job_extra])},\n"
        f"{named_columns(outcomes)}\n"
        f"    from links\n    join job_rows on {same_job}"
    )
    return f"  select *, lookback_ok and before_end_ok as in_time from (\n{inner}\n  ) as timed"

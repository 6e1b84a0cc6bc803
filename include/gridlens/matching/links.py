"""The common table expressions that every question about matching starts from, in SQL.

Jobs join last: jobs times files is the largest product of the three, and most of it meets no
transfer.
"""

from __future__ import annotations

from collections.abc import Mapping

from gridlens.matching import criteria
from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, indented, named_columns
from gridlens.matching.sums import sum_tables
from gridlens.matching.values import OUTPUT_TOTAL_CAP, counted, given, normalise


def link_tables(
    reading: Reading, relations: Relations, met: Mapping[str, str], *, sums: bool = True
) -> str:
    """`with …`: from the relations to judged rows, one a job, file row and transfer.

    Args:
        reading: how the paper is read.
        relations: what is read.
        met: the tables that end in `met`, where transfers and files come together.
        sums: whether the sum criterion is judged as well; then the last table is `summed`, else
            `judged`.
    """
    tables = {
        "job_rows": _job_rows(relations),
        **met,
        "named": _named(relations),
        "known": _known(relations),
        "links": _links(),
        "judged": _judged(reading, relations),
        **(sum_tables(reading, relations) if sums else {}),
    }
    return "with " + ",\n".join(f"{name} as (\n{body}\n)" for name, body in tables.items())


def _job_rows(relations: Relations) -> str:
    site = "site" if "site" in relations.job_columns else "computingsite"
    lines = [
        "pandaid",
        "case when jeditaskid > 0 then jeditaskid end as job_task",
        "creationtime",
        "endtime",
        f"{site} as job_site",
        "nullif(inputfilebytes, 0) as input_total",
        f"case when outputfilebytes < {OUTPUT_TOTAL_CAP} then nullif(outputfilebytes, 0) end "
        "as output_total",
        *relations.job_extra,
    ]
    return f"  select\n{indented(lines)}\n  from {relations.schema}jobs"


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
        *("direction", "transfer_site", "started_at", "transfer_pandaid"),
        *relations.transfer_extra,
    ]
    return f"  select\n{indented(as_met)},\n{named_columns(names)}\n  from met"


def _known(relations: Relations) -> str:
    texts = [
        *("file_scope", "file_dataset", "file_block"),
        *("transfer_lfn", "transfer_scope", "transfer_dataset", "transfer_block", "transfer_site"),
    ]
    values = {
        "file_bytes": "nullif(file_bytes, 0)",
        **{text: given(text) for text in texts},
    }
    # A file's name and type are only ever compared with something that is known.
    kept = [
        *("pandaid", "job_task", "file_lfn", "file_type", "transfer_id", "transfer_task"),
        *("transfer_bytes", "direction", "started_at", "transfer_pandaid"),
        *relations.transfer_extra,
    ]
    return f"  select\n{indented(kept)},\n{named_columns(values)}\n  from named"


def _links() -> str:
    outcomes = {name: f"coalesce({sql}, false)" for name, sql in criteria.LINK.items()}
    outcomes["is_counted"] = (
        f"coalesce({counted('direction', 'file_type', 'file_lfn', 'file_dataset')}, false)"
    )
    return f"  select\n    *,\n{named_columns(outcomes)}\n  from known"


def _judged(reading: Reading, relations: Relations) -> str:
    # A file is the job's only if both name the same task.
    of_job = "coalesce(links.job_task = job_rows.job_task, false)"
    loosely = " and ".join((of_job, *criteria.needed_links(reading)))
    outcomes = {
        "loosely_linked": loosely,
        "linked": f"{loosely} and size_ok",
        **{n: f"coalesce({sql}, false)" for n, sql in criteria.time_criteria(reading).items()},
        "site_ok": f"coalesce({criteria.SITE}, false)",
        "started_before_creation": "coalesce(started_at < creationtime, false)",
    }
    # The site is cleaned here and not in job_rows, where most jobs meet nothing.
    site = f"{given('job_rows.job_site')} as job_site"
    jobs = ["creationtime", "endtime", site, "input_total", "output_total"]
    inner = (
        f"    select\n      links.*,\n{indented([*jobs, *relations.job_extra])},\n"
        f"{named_columns(outcomes)}\n"
        "    from links\n    join job_rows on links.pandaid = job_rows.pandaid"
    )
    return f"  select *, lookback_ok and before_end_ok as in_time from (\n{inner}\n  ) as timed"

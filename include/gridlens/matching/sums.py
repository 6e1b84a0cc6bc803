"""The sum criterion in SQL: sizes of a job's transferred files against the job's totals."""

from __future__ import annotations

from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, named_columns
from gridlens.matching.values import counted, given, normalise


def sum_tables(reading: Reading, relations: Relations) -> dict[str, str]:
    """Common table expressions from `judged` to `summed`, which adds got, want and sum_ok."""
    return {
        "file_sizes": _file_sizes(reading, relations),
        "sums": _sums(),
        "summed": _summed(reading),
    }


def _file_sizes(reading: Reading, relations: Relations) -> str:
    """Smallest and largest size of whatever the sum counts once."""
    way = "direction" if reading.sum_scope == "direction" else "'both'"
    source = "judged\n  where is_counted and linked"
    if reading.sum_after == "all":
        source += " and in_time and site_ok"
    once = "file_type, file_scope, file_lfn, file_dataset"
    if reading.sum_over == "transfers":
        once = "transfer_id"
    if reading.sum_over == "all_files":
        source = f"(\n{_job_files(relations)}\n  ) as job_files\n  where is_counted"
    return (
        f"  select pandaid, {way} as way, min(file_bytes) as least, max(file_bytes) as most\n"
        f"  from {source}\n  group by pandaid, {way}, {once}"
    )


def _job_files(relations: Relations) -> str:
    """Every file of the jobs that met a transfer; unknown sizes add nothing, as in PanDA."""
    way = "case file_type when 'input' then 'download' when 'output' then 'upload' end"
    columns = {
        "file_type": given("type"),
        "file_scope": given("scope"),
        "file_lfn": given("lfn"),
        "file_dataset": given(normalise("dataset_name")),
        "file_bytes": "nullif(fsize, 0)",
    }
    rows = (
        f"      select\n        pandaid,\n{named_columns(columns)}\n"
        f"      from {relations.schema}files\n"
        "      where (pandaid, jeditaskid) in (select pandaid, job_task from judged where linked)"
    )
    ways = f"    select *, {way} as direction from (\n{rows}\n    ) as file_rows"
    is_counted = counted("direction", "file_type", "file_lfn", "file_dataset")
    counts = f"coalesce({is_counted}, false) as is_counted"
    return f"    select *, {counts} from (\n{ways}\n    ) as directed"


def _sums() -> str:
    # One file with two sizes has no known size, so neither has the sum.
    return (
        "  select pandaid, way, case when bool_and(least = most) then sum(least) end as got\n"
        "  from file_sizes\n  where least is not null\n  group by pandaid, way"
    )


def _summed(reading: Reading) -> str:
    total = "case direction when 'download' then input_total when 'upload' then output_total end"
    way, fits = "direction", f"got = {total}"
    if reading.sum_scope == "whole":
        way = "case when direction is not null then 'both' end"
        fits = "got = input_total or got = output_total"
    return (
        f"  select judged.*, got as sum_got, {total} as sum_want,\n"
        f"    coalesce({fits}, false) as sum_ok\n"
        f"  from judged\n  left join sums on judged.pandaid = sums.pandaid and {way} = sums.way"
    )

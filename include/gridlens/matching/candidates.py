"""Every candidate pair with the outcome of every criterion, and the values compared."""

from __future__ import annotations

from collections.abc import Collection

from gridlens.matching import criteria
from gridlens.matching.links import link_tables
from gridlens.matching.meeting import met_columns, met_tables, transfer_rows
from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, indented, named_columns

LINK_OUTCOMES = tuple(criteria.LINK)
VALUES = (
    *("transfer_task", "job_task", "transfer_lfn", "file_lfn", "transfer_scope", "file_scope"),
    *("transfer_dataset", "file_dataset", "transfer_block", "file_block"),
    *("transfer_bytes", "file_bytes", "direction", "file_type"),
    *("started_at", "creationtime", "endtime", "transfer_site", "job_site"),
    *("sum_got", "sum_want", "input_total", "output_total"),
)
METHODS = ("exact", "rm1", "rm2", "direct")
OUTCOMES = (
    *LINK_OUTCOMES,
    *("linked", "lookback_ok", "before_end_ok", "in_time", "site_ok", "sum_ok"),
)


def candidates_sql(
    reading: Reading,
    *,
    job_columns: Collection[str],
    file_columns: Collection[str],
    transfer_columns: Collection[str],
    every_pair: bool = False,
) -> str:
    """One SELECT over `jobs`, `files` and `transfers`: a row a candidate, sorted by its ids.

    A candidate is a pair whose transfer and one of whose files agree in task and file name
    (under `require_task=no` in file name), or whose transfer names the job. Of several files the
    one that passes most criteria is shown. Outcomes are never NULL; a pair's own `linked`,
    `in_time`, `site_ok` and `sum_ok` decide `exact`, `rm1` and `rm2`.

    Args:
        reading: how the paper is read.
        job_columns: columns that `jobs` has.
        file_columns: columns that `files` has.
        transfer_columns: columns that `transfers` has.
        every_pair: every transfer is a candidate of every job, whatever they share; for
            relations that hold only what someone asks about.
    """
    relations = Relations(job_columns, file_columns, transfer_columns)
    met = _met(reading, relations, every_pair=every_pair)
    tables = link_tables(reading, relations, met)
    methods = {name: f"({sql})" for name, sql in criteria.methods(reading).items()}
    methods["direct"] = "coalesce(transfer_pandaid = pandaid, false)"
    methods["passed"] = " + ".join(f"cast({name} as integer)" for name in LINK_OUTCOMES)
    columns = ("pandaid", "transfer_id", *VALUES, *OUTCOMES, *METHODS, "started_before_creation")
    return f"""{tables},
scored as (
  select *,
{named_columns(methods)}
  from summed
),
ranked as (
  select *, row_number() over (
    partition by pandaid, transfer_id
    order by linked desc, loosely_linked desc, passed desc, {", ".join(_TIES)}
  ) as place
  from scored
)
select
{indented(columns)}
from ranked
where place = 1
order by pandaid, transfer_id"""


_MINE = "f.pandaid = j.pandaid and f.jeditaskid = j.job_task"
# Rows that are still alike after these are alike in all that is shown.
_TIES = ("file_type", "file_scope", "file_dataset", "file_block", "file_bytes")


def _met(reading: Reading, relations: Relations, *, every_pair: bool) -> dict[str, str]:
    by_name = f"""\
  select
{met_columns(relations, "j.pandaid", "j.job_task")}
  from (
{transfer_rows(relations)}
  ) as t
  join job_rows as j on {"true" if every_pair else "t.transfer_pandaid = j.pandaid"}
  left join {relations.schema}files as f
    on {_MINE} and f.lfn = t.transfer_lfn"""
    if every_pair:
        return {"met": by_name}
    tables = met_tables(reading, relations, same_size=False)
    tables["met"] += f"\n  join job_rows as j on {_MINE}"
    if "pandaid" in relations.transfer_columns:
        tables["met"] += f"\n  union all\n{by_name}"
    return tables

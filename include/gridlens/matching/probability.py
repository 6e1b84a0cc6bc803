"""The text of the model `core.link_probabilities`, and what its weights are fitted on."""

from __future__ import annotations

from gridlens.matching.comparisons import LEVELS, compared_tables, in_reach, level
from gridlens.matching.relations import Relations, indented, named_columns
from gridlens.matching.weights import Weights, packaged_weights
from gridlens.tables import FILES, JOBS, TRANSFERS

_HEADER = """\
-- How much speaks for a transfer having served a job, for every candidate pair, also beyond what
-- core.job_transfers accepts; beside the methods of the data-management paper, never instead of
-- them. A candidate is a pair whose transfer and one of whose files agree in file name and task, or
-- in file name and dataset where the transfer has no task; scopes and kinds do not contradict, and
-- the transfer starts between seven days before the job's creation and a day after its end, but not
-- on a later day than the job's. Of several files the one that speaks most for the link is taken.
-- The odds follow Fellegi and Sunter: each level adds the logarithm of its share among links over
-- its share among other pairs (include/gridlens/matching/weights.toml says what these were fitted
-- on). They are those of a pair alone. A transfer has one owner or none, so that all jobs that may
-- have asked for it share one probability: the odds of each over 1 and the odds of all. That is
-- told over all days, with the owner, in mart.matches.
-- grain: job_day, pandaid, transfer_id, started_day
-- reads: core.jobs, core.files, core.transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: task_level | same, or missing: the transfer's record has none
-- column: dataset_level | same, missing on a side, or other
-- column: size_level | same, missing on a side, or other
-- column: site_level | same, unknown on a side, or other
-- column: time_level | when the transfer started: before the job's creation, in its queue, in its
--    wall time, or after its end
-- column: link_bits | logarithm, base 2, of the odds that the transfer served the job, were no
--    other job there
-- fail: link_bits is not null
"""
_KEYS = ("job_day", "pandaid", "transfer_id", "started_day")
_LEVEL_COLUMNS = tuple(f"{name}_level" for name in LEVELS)


def probability_text(weights: Weights | None = None) -> str:
    """The model: header and one SELECT.

    Args:
        weights: those of the package if none are given.
    """
    weights = weights or packaged_weights()
    score = " + ".join((f"({weights.prior_bits})", *(_bits(weights, name) for name in LEVELS)))
    return f"""{_HEADER}{compared_tables(_relations())},
scored as (
  select *, {score} as bits
  from compared
),
ranked as (
  select *, row_number() over (
    partition by {", ".join(_KEYS)} order by bits desc, {", ".join(_LEVEL_COLUMNS)}
  ) as place
  from scored
)
select
{indented((*_KEYS, *_LEVEL_COLUMNS))},
    cast(bits as double) as link_bits
from ranked
where place = 1
"""


def _bits(weights: Weights, name: str) -> str:
    cases = " ".join(f"when '{at}' then {weights.bits(name, at)}" for at in LEVELS[name])
    return f"case {name}_level {cases} end"


def candidate_patterns_sql() -> str:
    """Levels of the candidate pairs of a day's jobs, and how many pairs have them.

    The last column counts those without a rival: the job has no other candidate for the file, and
    the transfer no other job.
    """
    return f"""{compared_tables(_relations())},
counted as (
  select *,
    count(*) over (partition by pandaid, file_lfn) as transfers,
    count(*) over (partition by transfer_id) as jobs
  from compared
)
select {", ".join(_LEVEL_COLUMNS)}, count(*) as pairs,
  count(case when transfers = 1 and jobs = 1 then 1 end) as unrivalled
from counted group by all"""


def decoy_patterns_sql() -> str:
    """The same of decoys: each candidate's transfer with the next job of the task and day.

    Levels of the site and the time are the decoy's. Those of task, dataset and size stay: they
    follow from the file, which both would have read.
    """
    moved = named_columns({"site_level": level("site"), "time_level": level("time")})
    kept = ", ".join(f"{name}_level" for name in LEVELS if name not in ("site", "time"))
    return f"""{compared_tables(_relations())},
neighbours as (
  select
    pandaid as true_pandaid,
    coalesce(
      lead(pandaid) over (partition by job_day, jeditaskid order by pandaid),
      min(pandaid) over (partition by job_day, jeditaskid)
    ) as pandaid
  from core.jobs
),
decoys as (
  select
    {", ".join(f"compared.{name}_level" for name in LEVELS if name not in ("site", "time"))},
    compared.transfer_site, compared.started_at,
    jobs.site as job_site, jobs.creationtime, jobs.starttime, jobs.endtime
  from compared
  join neighbours on neighbours.true_pandaid = compared.pandaid
  join core.jobs as jobs on jobs.pandaid = neighbours.pandaid
  anti join compared as also
    on also.pandaid = neighbours.pandaid and also.transfer_id = compared.transfer_id
  where jobs.pandaid <> compared.pandaid
),
moved as (
  select
    {kept},
{moved}
  from decoys
  where {in_reach()}
)
select {", ".join(_LEVEL_COLUMNS)}, count(*) as pairs
from moved group by all"""


def _relations() -> Relations:
    return Relations(
        job_columns=(*(c.name for c in JOBS.columns), JOBS.day_column, "site"),
        file_columns=[c.name for c in FILES.columns],
        transfer_columns=[c.name for c in TRANSFERS.columns],
        schema="core.",
        job_extra=(JOBS.day_column, "jeditaskid", "starttime"),
        transfer_extra=(TRANSFERS.day_column,),
    )

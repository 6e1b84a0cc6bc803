"""The text of the model `core.inferred_pairs`: V1's own criteria over inferred sites."""

from __future__ import annotations

from gridlens.matching import criteria
from gridlens.matching.links import link_tables
from gridlens.matching.meeting import met_tables
from gridlens.matching.reading import V1, Reading
from gridlens.matching.relations import Relations, indented
from gridlens.tables import FILES, JOBS, TRANSFERS

_HEADER = """\
-- Pairs that are exact only once the sites of core.site_inferences are used where transfers lack
-- them (data-management paper, sec. 5.4): the criteria of core.job_transfers are judged again, the
-- sums as well, over all transfers of the files concerned. With the pairs that are exact as
-- recorded they are the method exact_inferred.
-- grain: job_day, pandaid, transfer_id, started_day
-- reads: core.jobs, core.files, core.transfers, core.site_inferences, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: is_site_inferred | the transfer's own site was inferred; else that of another transfer,
--    without which the sizes did not sum up
-- fail: is_site_inferred is not null
"""
_KEYS = ("job_day", "pandaid", "transfer_id", "started_day")
_SITED = """\
  select
    transfers.* exclude (src_site, dst_site),
    coalesce(sources.inferred_site, transfers.src_site) as src_site,
    coalesce(destinations.inferred_site, transfers.dst_site) as dst_site,
    coalesce(
      case direction
        when 'download' then destinations.inferred_site
        when 'upload' then sources.inferred_site
      end is not null, false
    ) as is_site_inferred
  from core.transfers as transfers
  left join core.site_inferences as sources
    on sources.transfer_id = transfers.transfer_id
    and sources.started_day = transfers.started_day and sources.side = 'src'
  left join core.site_inferences as destinations
    on destinations.transfer_id = transfers.transfer_id
    and destinations.started_day = transfers.started_day and destinations.side = 'dst'
  where transfers.lfn in (select lfn from concerned_files)"""
# Files of jobs whose pairs may change: those that met a transfer whose site was inferred.
_CONCERNED = """\
  select lfn
  from core.files
  where pandaid in (
    select pairs.pandaid
    from core.job_transfers as pairs
    join core.site_inferences as inferences
      on inferences.transfer_id = pairs.transfer_id
      and inferences.started_day = pairs.started_day
    where pairs.rm2 and inferences.inferred_site is not null
  )"""


def inferred_text(reading: Reading = V1) -> str:
    """The model under that reading: header and one SELECT."""
    relations = Relations(
        job_columns=(*(c.name for c in JOBS.columns), JOBS.day_column, "site"),
        file_columns=[c.name for c in FILES.columns],
        transfer_columns=[c.name for c in TRANSFERS.columns],
        schema="core.",
        job_extra=(JOBS.day_column,),
        transfer_extra=(TRANSFERS.day_column, "is_site_inferred"),
        sited_transfers="sited_transfers",
    )
    met = {"concerned_files": _CONCERNED, "sited_transfers": _SITED}
    met |= met_tables(reading, relations, same_size=not reading.relaxed_join_drops_size)
    keys = indented(f"judged_again.{key}" for key in _KEYS)
    return f"""{_HEADER}{link_tables(reading, relations, met)},
judged_again as (
  select {", ".join(_KEYS)}, bool_or(is_site_inferred) as is_site_inferred
  from summed
  where {criteria.methods(reading)["exact"]}
  group by {", ".join(_KEYS)}
)
select
{keys},
    judged_again.is_site_inferred
from judged_again
left join core.job_transfers as recorded
  on recorded.pandaid = judged_again.pandaid
  and recorded.transfer_id = judged_again.transfer_id
  and recorded.started_day = judged_again.started_day
  and recorded.exact
where recorded.pandaid is null
"""

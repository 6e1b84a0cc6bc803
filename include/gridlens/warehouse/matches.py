"""Every pair of job and transfer that any method tells of, beside one another in one view."""

from __future__ import annotations

from gridlens.tables import Column
from gridlens.warehouse.view import View

_SELECT = """select
    coalesce(pairs.job_day, links.job_day) as job_day,
    coalesce(pairs.pandaid, links.pandaid) as pandaid,
    coalesce(pairs.transfer_id, links.transfer_id) as transfer_id,
    coalesce(pairs.started_day, links.started_day) as started_day,
    coalesce(pairs.exact, false) as exact,
    coalesce(pairs.rm1, false) as rm1,
    coalesce(pairs.rm2, false) as rm2,
    coalesce(pairs.direct, false) as direct,
    coalesce(pairs.exact, false) or inferred.pandaid is not null as exact_inferred,
    round(power(2, links.link_bits) / (1 + sum(power(2, links.link_bits)) over (
        partition by coalesce(pairs.transfer_id, links.transfer_id)
    )), 6) as probability_ratio,
    links.link_bits is not null and row_number() over (
        partition by coalesce(pairs.transfer_id, links.transfer_id)
        order by links.link_bits desc nulls last, coalesce(pairs.pandaid, links.pandaid),
            coalesce(pairs.job_day, links.job_day) desc, links.started_day desc
    ) = 1 as is_owner,
    coalesce(pairs.started_before_creation, links.time_level = 'before')
        as started_before_creation,
    pairs.reading,
    count(case when pairs.rm2 then 1 end) over (
        partition by coalesce(pairs.transfer_id, links.transfer_id)
    ) as owners
from core.job_transfers as pairs
full join core.link_probabilities as links
    on links.job_day = pairs.job_day and links.pandaid = pairs.pandaid
    and links.transfer_id = pairs.transfer_id and links.started_day = pairs.started_day
left join core.inferred_pairs as inferred
    on inferred.job_day = pairs.job_day and inferred.pandaid = pairs.pandaid
    and inferred.transfer_id = pairs.transfer_id and inferred.started_day = pairs.started_day"""

MATCHES = View(
    name="mart.matches",
    meaning="Pairs of job and transfer by every method: those of core.job_transfers, and the "
    "candidates of core.link_probabilities. Most candidates are claimed by no method of the "
    "data-management paper, so choose: `where rm2`, `where exact_inferred`, "
    "`where probability_ratio >= 0.9`.",
    columns=(
        Column("job_day", "DATE", "UTC day on which the job ended."),
        Column("pandaid", "BIGINT", "PanDA job id."),
        Column("transfer_id", "VARCHAR", "Request id of a Rucio event, trace id of a pilot trace."),
        Column("started_day", "DATE", "UTC day on which the transfer started."),
        Column("exact", "BOOLEAN", "File, time and site agree, and the sizes sum up to the total."),
        Column("rm1", "BOOLEAN", "File, time and site agree."),
        Column("rm2", "BOOLEAN", "File and time agree."),
        Column("direct", "BOOLEAN", "The transfer's record names the job."),
        Column("exact_inferred", "BOOLEAN", "Exact, or exact once sites are inferred."),
        Column(
            "probability_ratio",
            "DOUBLE",
            "That the job owns the transfer, which one job does or none: the pair's odds "
            "(core.link_probabilities) over 1 and those of all jobs for it; NULL: no candidate.",
        ),
        Column(
            "is_owner",
            "BOOLEAN",
            "Of all jobs with a probability for the transfer this one has the highest; the first "
            "id of equals.",
        ),
        Column("started_before_creation", "BOOLEAN", "The transfer is older than the job."),
        Column("reading", "VARCHAR", "Reading of the matching; NULL for a mere candidate."),
        Column("owners", "BIGINT", "Jobs that claim the transfer by rm2."),
    ),
    reads=("core.job_transfers", "core.inferred_pairs", "core.link_probabilities"),
    sql=_SELECT,
)

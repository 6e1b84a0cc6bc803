-- Matched transfers by activity and by when they moved, seen from their job (data-management
-- paper, sec. 5.1: downloads before the job runs, uploads after it, direct reads while it runs;
-- what lies elsewhere is worth a look). A transfer counts once a job that claims it.
-- grain: activity, phase
-- reads: mart.transfer_phases
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- argument: with_activity = 'all' | only this Rucio activity; 'all': any
-- column: activity | Rucio activity; NULL where unknown
-- column: position | order of the phases
-- column: phase | before creation, in queue, over the start, in wall time, after the end, unknown
-- column: transfers | matched transfers
-- column: transfers_ratio | share of the activity's transfers
-- column: bytes | sum of their known sizes
-- column: bytes_ratio | share of the activity's bytes; NULL where there are none
-- column: timed_transfers | of these transfers, those whose duration is known and above 0
-- column: timed_bytes | bytes of the timed transfers
-- column: timed_s | sum of the durations of the timed transfers, in seconds
-- column: throughput_bytes_per_s | timed_bytes over timed_s; NULL where there are none
with phases as (
    select *
    from (
        values
        (1, 'before creation'),
        (2, 'in queue'),
        (3, 'over the start'),
        (4, 'in wall time'),
        (5, 'after the end'),
        (6, 'unknown')
    ) as named (position, phase)
),

chosen_transfers as (
    select
        matches.activity,
        matches.phase,
        matches.bytes,
        matches.duration_s
    from mart.transfer_phases as matches
    where $chosen_jobs
        and (
            matches.method = 'exact'
            or (matches.method = 'rm1' and $method in ('rm1', 'rm2'))
            or (matches.method = 'rm2' and $method = 'rm2')
        )
        and ($with_activity = 'all' or matches.activity = $with_activity)
),

counts as (
    select
        activity,
        phase,
        count(*) as transfers,
        cast(coalesce(sum(bytes), 0) as bigint) as bytes,
        count(case when duration_s > 0 then 1 end) as timed_transfers,
        cast(coalesce(sum(case when duration_s > 0 then bytes end), 0) as bigint) as timed_bytes,
        cast(coalesce(sum(case when duration_s > 0 then duration_s end), 0) as bigint) as timed_s
    from chosen_transfers
    group by activity, phase
)

select
    counts.activity,
    phases.position,
    counts.phase,
    counts.transfers,
    counts.transfers / cast(sum(counts.transfers) over (partition by counts.activity) as double)
        as transfers_ratio,
    counts.bytes,
    counts.bytes / nullif(cast(sum(counts.bytes) over (partition by counts.activity) as double), 0)
        as bytes_ratio,
    counts.timed_transfers,
    counts.timed_bytes,
    counts.timed_s,
    counts.timed_bytes / nullif(counts.timed_s, 0) as throughput_bytes_per_s
from counts
join phases on phases.phase = counts.phase
order by counts.activity nulls last, phases.position

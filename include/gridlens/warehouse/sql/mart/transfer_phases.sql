-- When each matched transfer moved, seen from its job (data-management paper, sec. 5.1 and 5.4).
-- A transfer that several jobs claim has a row for each. Whole seconds, and each stage without
-- its last moment: before creation if it ended by then, in queue if it ended by the start, over
-- the start if it began before the start and ended after it; else by its beginning. A transfer
-- without a usable end is placed by its beginning alone.
-- grain: job_day, pandaid, transfer_id, started_day
-- reads: core.jobs, core.transfers, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: method | strictest method that matches: exact, rm1, rm2, or direct where none of them
-- column: phase | before creation, in queue, over the start, in wall time, after the end, unknown
-- column: activity | Rucio activity
-- column: scope | Rucio scope
-- column: lfn | logical file name
-- column: src_site | site read from; NULL where unknown
-- column: dst_site | site written to; NULL where unknown
-- column: is_local | both sites are known and equal
-- column: started_at | when bytes began to move
-- column: ended_at | when the transfer ended; NULL where unknown or before its start
-- column: duration_s | whole seconds from start to end; NULL where unknown or negative
-- column: bytes | size of the file
-- column: throughput_bytes_per_s | bytes over duration_s; NULL where that is not above 0
-- column: is_redundant | a transfer of the same file for the same job and activity began before, to
--    the same site or with one of the two sites unknown: its bytes were avoidable
-- column: jobstatus | state in which the job ended
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- fail: coalesce(throughput_bytes_per_s >= 0, true)
with timed_pairs as (
    select
        pairs.job_day,
        pairs.pandaid,
        pairs.transfer_id,
        pairs.started_day,
        case
            when pairs.exact then 'exact'
            when pairs.rm1 then 'rm1'
            when pairs.rm2 then 'rm2'
            else 'direct'
        end as method,
        transfers.activity,
        transfers.scope,
        transfers.lfn,
        transfers.src_site,
        transfers.dst_site,
        transfers.is_local,
        transfers.started_at,
        case when transfers.duration_s is not null then transfers.ended_at end as ended_at,
        transfers.duration_s,
        transfers.bytes,
        cast(transfers.bytes as double) / nullif(transfers.duration_s, 0)
            as throughput_bytes_per_s,
        date_trunc('second', transfers.started_at) as from_at,
        date_trunc(
            'second',
            case
                when transfers.duration_s is not null then transfers.ended_at
                else transfers.started_at
            end
        ) as to_at,
        date_trunc('second', jobs.creationtime) as job_created_at,
        date_trunc('second', jobs.starttime) as job_started_at,
        date_trunc('second', jobs.endtime) as job_ended_at,
        jobs.jobstatus,
        jobs.is_user_job,
        jobs.computingsite,
        jobs.site,
        jobs.site_cloud,
        jobs.tier_level,
        jobs.country,
        jobs.resource_type
    from core.job_transfers as pairs
    join core.transfers as transfers
        on transfers.transfer_id = pairs.transfer_id
        and transfers.started_day = pairs.started_day
    join core.jobs as jobs on jobs.pandaid = pairs.pandaid and jobs.job_day = $day
    where pairs.job_day = $day
),

counted_pairs as (
    select
        *,
        row_number() over (
            partition by pandaid, activity, scope, lfn, bytes
            order by started_at, transfer_id, started_day
        ) as file_number,
        row_number() over (
            partition by pandaid, activity, scope, lfn, bytes, dst_site
            order by started_at, transfer_id, started_day
        ) as file_number_at_site,
        count(case when dst_site is null then 1 end) over (
            partition by pandaid, activity, scope, lfn, bytes
            order by started_at, transfer_id, started_day
            rows between unbounded preceding and 1 preceding
        ) as files_before_nowhere
    from timed_pairs
)

select
    job_day,
    pandaid,
    transfer_id,
    started_day,
    method,
    case
        when from_at is null
            or job_created_at is null
            or job_started_at is null
            or job_ended_at is null
            then 'unknown'
        when from_at >= job_ended_at then 'after the end'
        when from_at >= job_started_at then 'in wall time'
        when to_at > job_started_at then 'over the start'
        when from_at >= job_created_at or to_at > job_created_at then 'in queue'
        else 'before creation'
    end as phase,
    activity,
    scope,
    lfn,
    src_site,
    dst_site,
    is_local,
    started_at,
    ended_at,
    duration_s,
    bytes,
    throughput_bytes_per_s,
    lfn is not null and (
        file_number_at_site > 1
        or files_before_nowhere > 0
        or (dst_site is null and file_number > 1)
    ) as is_redundant,
    jobstatus,
    is_user_job,
    computingsite,
    site,
    site_cloud,
    tier_level,
    country,
    resource_type
from counted_pairs

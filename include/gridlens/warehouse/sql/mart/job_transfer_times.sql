-- How long the transfers of a matched job took, and how much of its queue time and of its wall
-- time at least one of them was moving (data-management paper, sec. 5.1). Transfers that overlap
-- count once; a transfer without a usable end is left out of the times and counted beside them.
-- grain: job_day, pandaid, method
-- reads: core.jobs, core.transfers, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: method | exact, rm1 or rm2
-- column: transfers | transfers that the method matches to the job
-- column: transfers_without_end | of these, those with no end, or one before their start
-- column: bytes | sum of the known sizes; NULL where none is known
-- column: locality | local: every transfer stays at one known site; remote: none; else mixed
-- column: queue_s | seconds from creation to start
-- column: wall_s | seconds from start to end
-- column: transfer_s | seconds with a transfer moving, whenever that was
-- column: transfer_queue_s | of these, seconds from creation to start; NULL where either is unknown
-- column: transfer_wall_s | of these, seconds from start to end; NULL where either is unknown
-- column: queue_share_ratio | transfer_queue_s over queue_s; NULL where queue_s is not above 0
-- column: wall_share_ratio | transfer_wall_s over wall_s; NULL where wall_s is not above 0
-- column: jobstatus | state in which the job ended
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- fail: transfers > 0
-- fail: coalesce(queue_share_ratio between 0 and 1, true)
-- fail: coalesce(wall_share_ratio between 0 and 1, true)
with matches as (
    select pandaid, transfer_id, started_day, 'exact' as method
    from core.job_transfers
    where job_day = $day and exact
    union all
    select pandaid, transfer_id, started_day, 'rm1'
    from core.job_transfers
    where job_day = $day and rm1
    union all
    select pandaid, transfer_id, started_day, 'rm2'
    from core.job_transfers
    where job_day = $day and rm2
),

timed_matches as (
    select
        matches.pandaid,
        matches.method,
        transfers.bytes,
        transfers.is_local,
        transfers.duration_s,
        cast(epoch(date_trunc('second', transfers.started_at)) as bigint) as from_s,
        cast(epoch(date_trunc('second', transfers.ended_at)) as bigint) as to_s
    from matches
    join core.transfers as transfers
        on transfers.transfer_id = matches.transfer_id
        and transfers.started_day = matches.started_day
),

matched_jobs as (
    select
        pandaid,
        method,
        count(*) as transfers,
        count(case when duration_s is null then 1 end) as transfers_without_end,
        cast(sum(bytes) as bigint) as bytes,
        case
            when count(case when is_local then 1 end) = count(*) then 'local'
            when count(case when is_local then 1 end) = 0 then 'remote'
            else 'mixed'
        end as locality
    from timed_matches
    group by pandaid, method
),

-- greatest and least pass over NULLs, so a transfer without an end must not come this far
moves as (
    select
        timed_matches.pandaid,
        timed_matches.method,
        timed_matches.from_s,
        timed_matches.to_s,
        cast(epoch(date_trunc('second', jobs.creationtime)) as bigint) as job_created_s,
        cast(epoch(date_trunc('second', jobs.starttime)) as bigint) as job_started_s,
        cast(epoch(date_trunc('second', jobs.endtime)) as bigint) as job_ended_s
    from timed_matches
    join core.jobs as jobs on jobs.pandaid = timed_matches.pandaid and jobs.job_day = $day
    where timed_matches.duration_s is not null
),

pieces as (
    select pandaid, method, 'any' as span, from_s, to_s
    from moves
    union all
    select pandaid, method, 'queue', greatest(from_s, job_created_s), least(to_s, job_started_s)
    from moves
    where job_created_s is not null and job_started_s is not null
    union all
    select pandaid, method, 'wall', greatest(from_s, job_started_s), least(to_s, job_ended_s)
    from moves
    where job_started_s is not null and job_ended_s is not null
),

-- each piece adds what lies beyond all that began before it, so that overlaps count once
ordered_pieces as (
    select
        pandaid,
        method,
        span,
        from_s,
        to_s,
        max(to_s) over (
            partition by pandaid, method, span
            order by from_s, to_s
            rows between unbounded preceding and 1 preceding
        ) as reached_s
    from pieces
    where from_s < to_s
),

unions as (
    select
        pandaid,
        method,
        cast(sum(case when span = 'any' then added_s else 0 end) as bigint) as transfer_s,
        cast(sum(case when span = 'queue' then added_s else 0 end) as bigint) as transfer_queue_s,
        cast(sum(case when span = 'wall' then added_s else 0 end) as bigint) as transfer_wall_s
    from (
        select
            pandaid,
            method,
            span,
            greatest(to_s - greatest(from_s, coalesce(reached_s, from_s)), 0) as added_s
        from ordered_pieces
    ) as additions
    group by pandaid, method
),

sums as (
    select
        jobs.job_day,
        matched_jobs.*,
        jobs.queue_s,
        jobs.wall_s,
        coalesce(unions.transfer_s, 0) as transfer_s,
        case when jobs.queue_s is not null then coalesce(unions.transfer_queue_s, 0) end
            as transfer_queue_s,
        case when jobs.wall_s is not null then coalesce(unions.transfer_wall_s, 0) end
            as transfer_wall_s,
        jobs.jobstatus,
        jobs.is_user_job,
        jobs.computingsite,
        jobs.site,
        jobs.site_cloud,
        jobs.tier_level,
        jobs.country,
        jobs.resource_type
    from matched_jobs
    join core.jobs as jobs on jobs.pandaid = matched_jobs.pandaid and jobs.job_day = $day
    left join unions
        on unions.pandaid = matched_jobs.pandaid and unions.method = matched_jobs.method
)

select
    sums.*,
    case when queue_s > 0 then transfer_queue_s / queue_s end as queue_share_ratio,
    case when wall_s > 0 then transfer_wall_s / wall_s end as wall_share_ratio
from sums

-- How the input of a matched job was copied to it: one after the other or side by side, and how
-- the longest copy lay in the job's life (data-management paper, sec. 5.4, Fig. 10 and 11). Looked
-- at are downloads that have a usable end and began between the job's creation and its end; what
-- was brought before the job was made cannot have delayed it, and direct reads have no end.
-- A copy may outlive its job: lengths are what lies within the job's life, throughputs of the whole.
-- grain: job_day, pandaid, method
-- reads: core.jobs, core.transfers, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: method | exact, rm1 or rm2
-- column: jeditaskid | JEDI task of the job
-- column: copies | copies of input that the method matches to the job
-- column: bytes | sum of their known sizes; NULL where none is known
-- column: summed_s | sum of their lengths within the job's life: the time that one after the other takes
-- column: longest_s | length of the longest: the least time that side by side can take
-- column: longest_transfer_id | the longest copy; of equals, the first to begin
-- column: fastest_bytes_per_s | highest mean throughput of a copy; NULL where none is known
-- column: slowest_bytes_per_s | lowest mean throughput of a copy; NULL where none is known
-- column: is_sequential | there are two copies or more, and no two of them overlap
-- column: is_spanning_start | the longest copy began before the job's start and ended after it
-- column: lifetime_s | seconds from the job's creation to its end
-- fail: copies > 0
-- fail: longest_s between 0 and summed_s
-- fail: coalesce(longest_s <= lifetime_s, true)
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

copies as (
    select
        matches.pandaid,
        matches.method,
        matches.transfer_id,
        jobs.jeditaskid,
        jobs.starttime,
        jobs.lifetime_s,
        transfers.bytes,
        transfers.started_at,
        transfers.ended_at,
        cast(
            epoch(date_trunc('second', least(transfers.ended_at, jobs.endtime)))
            - epoch(date_trunc('second', transfers.started_at)) as bigint
        ) as life_s,
        -- times are whole seconds, so that a copy of no length took up to one
        transfers.bytes / greatest(transfers.duration_s, 1) as bytes_per_s
    from matches
    join core.jobs as jobs on jobs.pandaid = matches.pandaid and jobs.job_day = $day
    join core.transfers as transfers
        on transfers.transfer_id = matches.transfer_id
        and transfers.started_day = matches.started_day
    where transfers.direction = 'download'
        and transfers.duration_s is not null
        and transfers.started_at >= jobs.creationtime
        and transfers.started_at <= jobs.endtime
),

ordered_copies as (
    select
        copies.*,
        max(ended_at) over (
            partition by pandaid, method
            order by started_at, ended_at, transfer_id
            rows between unbounded preceding and 1 preceding
        ) as reached_at,
        row_number() over (
            partition by pandaid, method
            order by life_s desc, started_at, transfer_id
        ) as place
    from copies
)

select
    cast($day as date) as job_day,
    pandaid,
    method,
    max(jeditaskid) as jeditaskid,
    count(*) as copies,
    cast(sum(bytes) as bigint) as bytes,
    cast(sum(life_s) as bigint) as summed_s,
    max(life_s) as longest_s,
    max(case when place = 1 then transfer_id end) as longest_transfer_id,
    max(bytes_per_s) as fastest_bytes_per_s,
    min(bytes_per_s) as slowest_bytes_per_s,
    count(*) > 1 and count(case when started_at < reached_at then 1 end) = 0 as is_sequential,
    coalesce(
        bool_or(case when place = 1 then started_at < starttime and ended_at > starttime end),
        false
    ) as is_spanning_start,
    max(lifetime_s) as lifetime_s
from ordered_copies
group by pandaid, method

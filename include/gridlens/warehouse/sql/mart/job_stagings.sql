-- How the input of a matched job was copied to it: one after the other or side by side, and how
-- the longest copy lay in the job's life (data-management paper, sec. 5.4, Fig. 10 and 11). Looked
-- at are downloads that have a usable end and began between the job's creation and its end; what
-- was brought before the job was made cannot have delayed it, and direct reads have no end.
-- A copy that began before it counts for nothing but overlap.
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
-- column: staging_queue_s | seconds from the job's creation to its start with one of the copies moving;
--    NULL where the start is unknown
-- column: is_sequential | there are two copies or more, and none began while another download of the
--    job was moving
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
        transfers.started_at >= jobs.creationtime as is_in_life,
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
        max(case when is_in_life then ended_at end) over (
            partition by pandaid, method
            order by started_at, ended_at, transfer_id
            rows between unbounded preceding and 1 preceding
        ) as reached_in_life_at,
        row_number() over (
            partition by pandaid, method, is_in_life
            order by life_s desc, started_at, transfer_id
        ) as place
    from copies
),

-- each copy adds what lies beyond all that began before it, so that overlaps count once
stagings as (
    select
        ordered_copies.*,
        case
            when starttime is not null
                then greatest(
                    epoch(date_trunc('second', least(ended_at, starttime)))
                    - epoch(
                        date_trunc(
                            'second', greatest(started_at, coalesce(reached_in_life_at, started_at))
                        )
                    ),
                    0
                )
        end as added_queue_s
    from ordered_copies
    where is_in_life
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
    cast(sum(added_queue_s) as bigint) as staging_queue_s,
    count(*) > 1 and count(case when started_at < reached_at then 1 end) = 0 as is_sequential,
    coalesce(
        bool_or(case when place = 1 then started_at < starttime and ended_at > starttime end),
        false
    ) as is_spanning_start,
    max(lifetime_s) as lifetime_s
from stagings
group by pandaid, method

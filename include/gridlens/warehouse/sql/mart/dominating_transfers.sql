-- Jobs whose transfers took most of their queue time or of their wall time, without being in one of
-- the two marts that say more: a sequential staging, or a failed job with one long copy. The seconds
-- that the three marts count as lost are thus never the same.
-- The share is the paper's 75 %, above which it calls times extreme (data-management paper,
-- sec. 7); Fig. 5 and 6 show jobs from 10 % on. A minute, for nobody waits for less.
-- grain: job_day, pandaid
-- reads: mart.job_transfer_times, mart.job_stagings, mart.sequential_stagings,
--    mart.long_transfer_failures
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- argument: least_share_ratio = '0.75' | share of the queue or wall time from which a job counts
-- argument: least_s = '60' | seconds of that time with a transfer moving from which it counts
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: site | ATLAS site of the job
-- column: computingsite | PanDA queue
-- column: jobstatus | state in which the job ended
-- column: method | method that matches
-- column: locality | local, remote or mixed: where its transfers came from
-- column: transfers | matched transfers
-- column: bytes | sum of their known sizes
-- column: quantity | queue or wall: the time that they dominate; queue where both
-- column: of_s | seconds of that time
-- column: share_ratio | share of it in which a transfer was moving
-- column: loss_s | seconds of it in which a transfer was moving
-- column: confidence_ratio | by the method: 0.9 exact, 0.8 rm1, 0.5 rm2
with chosen_jobs as (
    select
        times.*,
        coalesce(
            queue_share_ratio >= cast($least_share_ratio as double)
            and transfer_queue_s >= cast($least_s as bigint),
            false
        ) as is_queue,
        coalesce(
            wall_share_ratio >= cast($least_share_ratio as double)
            and transfer_wall_s >= cast($least_s as bigint),
            false
        ) as is_wall
    from mart.job_transfer_times as times
    where $chosen_jobs
        and times.method = $method
),

told_jobs as (
    select pandaid, job_day
    from mart.sequential_stagings(
        $window_start, $window_end, population := $population, method := $method
    )
    union all
    select pandaid, job_day
    from mart.long_transfer_failures(
        $window_start, $window_end, population := $population, method := $method
    )
)

select
    chosen_jobs.job_day,
    chosen_jobs.pandaid,
    stagings.jeditaskid,
    chosen_jobs.site,
    chosen_jobs.computingsite,
    chosen_jobs.jobstatus,
    chosen_jobs.method,
    chosen_jobs.locality,
    chosen_jobs.transfers,
    chosen_jobs.bytes,
    case when is_queue then 'queue' else 'wall' end as quantity,
    case when is_queue then queue_s else wall_s end as of_s,
    case when is_queue then queue_share_ratio else wall_share_ratio end as share_ratio,
    case when is_queue then transfer_queue_s else transfer_wall_s end as loss_s,
    cast(case $method when 'exact' then 0.9 when 'rm1' then 0.8 else 0.5 end as double)
        as confidence_ratio
from chosen_jobs
left join mart.job_stagings as stagings
    on stagings.job_day = chosen_jobs.job_day
    and stagings.pandaid = chosen_jobs.pandaid
    and stagings.method = chosen_jobs.method
left join told_jobs
    on told_jobs.job_day = chosen_jobs.job_day and told_jobs.pandaid = chosen_jobs.pandaid
where (is_queue or is_wall) and told_jobs.pandaid is null

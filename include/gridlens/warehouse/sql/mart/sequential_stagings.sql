-- Jobs whose input came strictly one file after the other and took most of the queue time, as in
-- Fig. 10 of the data-management paper: three files in a row, 328 s, 83 % of the queue time. What
-- could have been saved is the time beyond the longest copy, had all begun with the first; where
-- the link is full it is less. The queue time is compared with these copies alone, not with all
-- transfers of the job.
-- The share is the paper's 75 %, above which it calls times extreme (sec. 7). Three copies, for two
-- come one after the other by chance; a minute, for nobody waits for less.
-- grain: job_day, pandaid
-- reads: mart.job_transfer_times, mart.job_stagings
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- argument: least_share_ratio = '0.75' | share of the queue time from which a job counts
-- argument: least_copies = '3' | copies from which a job counts
-- argument: least_s = '60' | seconds of the queue time with a copy moving from which it counts
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: site | ATLAS site of the job
-- column: computingsite | PanDA queue
-- column: jobstatus | state in which the job ended
-- column: method | method that matches
-- column: copies | copies of input
-- column: bytes | sum of their known sizes
-- column: queue_s | seconds from creation to start
-- column: staging_queue_s | of these, seconds with one of the copies moving
-- column: queue_share_ratio | staging_queue_s over queue_s
-- column: summed_s | sum of the copies' lengths
-- column: longest_s | length of the longest copy
-- column: fastest_bytes_per_s | highest mean throughput of a copy
-- column: slowest_bytes_per_s | lowest mean throughput of a copy
-- column: loss_s | seconds that side by side would have saved: summed_s less longest_s
-- column: confidence_ratio | by the method: 0.9 exact, 0.8 rm1, 0.5 rm2
with chosen_jobs as (
    select *
    from mart.job_transfer_times as times
    where $chosen_jobs
        and times.method = $method
        and queue_s > 0
)

select
    chosen_jobs.job_day,
    chosen_jobs.pandaid,
    stagings.jeditaskid,
    chosen_jobs.site,
    chosen_jobs.computingsite,
    chosen_jobs.jobstatus,
    chosen_jobs.method,
    stagings.copies,
    stagings.bytes,
    chosen_jobs.queue_s,
    stagings.staging_queue_s,
    stagings.staging_queue_s / chosen_jobs.queue_s as queue_share_ratio,
    stagings.summed_s,
    stagings.longest_s,
    stagings.fastest_bytes_per_s,
    stagings.slowest_bytes_per_s,
    stagings.summed_s - stagings.longest_s as loss_s,
    cast(case $method when 'exact' then 0.9 when 'rm1' then 0.8 else 0.5 end as double)
        as confidence_ratio
from chosen_jobs
join mart.job_stagings as stagings
    on stagings.job_day = chosen_jobs.job_day
    and stagings.pandaid = chosen_jobs.pandaid
    and stagings.method = chosen_jobs.method
where stagings.is_sequential
    and stagings.copies >= cast($least_copies as bigint)
    and stagings.staging_queue_s >= cast($least_share_ratio as double) * chosen_jobs.queue_s
    and stagings.staging_queue_s >= cast($least_s as bigint)

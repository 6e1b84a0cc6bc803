-- Failed jobs one of whose input copies took most of their life, as in Fig. 11 of the
-- data-management paper: 4.6 GB in 22 s, then 20.5 GB in over 30 min, more than 90 % of the life of
-- a job that failed. That the copy made it fail is not said; that its time was lost is.
-- The share is the paper's 75 %, above which it saw times go with failures (sec. 7); a minute, for
-- a job that fails at once loses nothing worth a look.
-- grain: job_day, pandaid
-- reads: mart.job_transfer_times, mart.job_stagings
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- argument: least_share_ratio = '0.75' | share of the job's life from which it counts
-- argument: least_s = '60' | seconds of the copy from which it counts
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: site | ATLAS site of the job
-- column: computingsite | PanDA queue
-- column: method | method that matches
-- column: copies | copies of input
-- column: lifetime_s | seconds from creation to end
-- column: longest_s | length of the longest copy
-- column: longest_transfer_id | the longest copy
-- column: lifetime_share_ratio | longest_s over lifetime_s
-- column: is_spanning_start | it began before the job's start and ended after it
-- column: fastest_bytes_per_s | highest mean throughput of a copy
-- column: slowest_bytes_per_s | lowest mean throughput of a copy
-- column: loss_s | seconds that the job spent on the longest copy and then failed
-- column: confidence_ratio | by the method: 0.9 exact, 0.8 rm1, 0.5 rm2
with chosen_jobs as (
    select *
    from mart.job_transfer_times as times
    where $chosen_jobs
        and times.method = $method
        and jobstatus = 'failed'
)

select
    chosen_jobs.job_day,
    chosen_jobs.pandaid,
    stagings.jeditaskid,
    chosen_jobs.site,
    chosen_jobs.computingsite,
    chosen_jobs.method,
    stagings.copies,
    stagings.lifetime_s,
    stagings.longest_s,
    stagings.longest_transfer_id,
    stagings.longest_s / stagings.lifetime_s as lifetime_share_ratio,
    stagings.is_spanning_start,
    stagings.fastest_bytes_per_s,
    stagings.slowest_bytes_per_s,
    stagings.longest_s as loss_s,
    cast(case $method when 'exact' then 0.9 when 'rm1' then 0.8 else 0.5 end as double)
        as confidence_ratio
from chosen_jobs
join mart.job_stagings as stagings
    on stagings.job_day = chosen_jobs.job_day
    and stagings.pandaid = chosen_jobs.pandaid
    and stagings.method = chosen_jobs.method
where stagings.lifetime_s > 0
    and stagings.longest_s >= cast($least_share_ratio as double) * stagings.lifetime_s
    and stagings.longest_s >= cast($least_s as bigint)

-- Matched jobs by the share of their queue time in which a transfer was moving, and by how they
-- and their tasks ended (data-management paper, Fig. 9). A share that equals T counts below it;
-- T = 0 holds the jobs without any transfer in their queue time, T = 1 all jobs. Jobs whose queue
-- time is unknown or not above 0 have no share and are left out; so are outcomes without a job.
-- grain: position, job_outcome, task_outcome
-- reads: mart.matched_jobs
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- column: position | order of the thresholds
-- column: from_ratio | the threshold before; NULL for the first
-- column: threshold_ratio | T, as a part of 1
-- column: job_outcome | D: finished; F: failed; -: closed, cancelled
-- column: task_outcome | D: done or finished; F: failed; -: not ended, or unknown
-- column: jobs | all jobs that ended so
-- column: interval_jobs | of these, jobs with a share above from_ratio and up to T
-- column: jobs_below | of these, jobs with a share up to T
-- column: jobs_above | of these, jobs with a share above T
with thresholds as (
    select *
    from (
        values
        (0, null, 0.0),
        (1, 0.0, 0.01),
        (2, 0.01, 0.02),
        (3, 0.02, 0.05),
        (4, 0.05, 0.1),
        (5, 0.1, 0.25),
        (6, 0.25, 0.5),
        (7, 0.5, 0.75),
        (8, 0.75, 0.9),
        (9, 0.9, 1.0)
    ) as named (position, from_ratio, threshold_ratio)
),

chosen_jobs as (
    select
        job_outcome,
        task_outcome,
        queue_share_ratio
    from mart.matched_jobs($same_jobs) as jobs
    where jobs.method = $method
        and queue_share_ratio is not null
)

select
    thresholds.position,
    cast(thresholds.from_ratio as double) as from_ratio,
    cast(thresholds.threshold_ratio as double) as threshold_ratio,
    jobs.job_outcome,
    jobs.task_outcome,
    count(*) as jobs,
    count(
        case
            when jobs.queue_share_ratio <= thresholds.threshold_ratio
                and coalesce(jobs.queue_share_ratio > thresholds.from_ratio, true)
                then 1
        end
    ) as interval_jobs,
    count(case when jobs.queue_share_ratio <= thresholds.threshold_ratio then 1 end) as jobs_below,
    count(case when jobs.queue_share_ratio > thresholds.threshold_ratio then 1 end) as jobs_above
from chosen_jobs as jobs
cross join thresholds
group by
    thresholds.position,
    thresholds.from_ratio,
    thresholds.threshold_ratio,
    jobs.job_outcome,
    jobs.task_outcome
order by thresholds.position, jobs.job_outcome, jobs.task_outcome

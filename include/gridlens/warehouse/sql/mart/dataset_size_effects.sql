-- What the size of a job's input does to its waiting and to the network (introspective paper,
-- sec. 4.2: large datasets drive queue time and traffic): jobs by bin of input size. A quantile is
-- a value that occurs: the smallest that at least that share of the jobs does not exceed. Bytes
-- are those of the downloads that the method matches; a direct read counts the whole file. A
-- transfer counts once a job that claims it: where several claim one, their bins' bytes are what
-- the jobs asked for, and more than what moved.
-- grain: size_position
-- reads: mart.job_factors, mart.job_input_accesses
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | method that matches the transfers
-- column: size_position | order of the bins
-- column: size_bin | bin of the sum of the job's input files
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: method | method that matches the transfers
-- column: jobs | number of jobs
-- column: jobs_ratio | share of all jobs
-- column: failed_ratio | failed over failed and finished; NULL where there are none
-- column: queue_jobs | jobs whose queue time is known and not negative
-- column: queue_p25_s | 25 % of them wait no longer, in seconds
-- column: queue_p50_s | half of them wait no longer, in seconds
-- column: queue_p75_s | 75 % of them wait no longer, in seconds
-- column: queue_p95_s | 95 % of them wait no longer, in seconds
-- column: matched_jobs | jobs with a matched download
-- column: transferred_bytes | bytes of their matched downloads
-- column: transferred_bytes_per_job | transferred_bytes over matched_jobs; NULL where there is none
-- column: remote_bytes | of transferred_bytes, those from another site
-- column: remote_bytes_ratio | remote_bytes over those from a known site; NULL where there are none
with chosen_jobs as (
    select
        job_day,
        pandaid,
        size_position,
        size_bin,
        is_failed,
        queue_s
    from mart.job_factors
    where $chosen_jobs
),

downloads as (
    select
        job_day,
        pandaid,
        local_bytes,
        remote_bytes,
        unknown_bytes
    from mart.job_input_accesses
    where $chosen_jobs
        and way = $method
),

sums as (
    select
        chosen_jobs.size_position,
        chosen_jobs.size_bin,
        count(*) as jobs,
        count(case when chosen_jobs.is_failed then 1 end) as failed_jobs,
        count(chosen_jobs.is_failed) as judged_jobs,
        count(downloads.pandaid) as matched_jobs,
        cast(coalesce(sum(downloads.local_bytes), 0) as bigint) as local_bytes,
        cast(coalesce(sum(downloads.remote_bytes), 0) as bigint) as remote_bytes,
        cast(coalesce(sum(downloads.unknown_bytes), 0) as bigint) as unknown_bytes
    from chosen_jobs
    left join downloads
        on downloads.pandaid = chosen_jobs.pandaid and downloads.job_day = chosen_jobs.job_day
    group by chosen_jobs.size_position, chosen_jobs.size_bin
),

-- jobs with the same time are one row from here on: few are left to be put in order
times as (
    select
        size_position,
        queue_s,
        count(*) as jobs
    from chosen_jobs
    where queue_s is not null
    group by size_position, queue_s
),

ranked_times as (
    select
        size_position,
        queue_s,
        jobs,
        sum(jobs) over (
            partition by size_position
            order by queue_s
            rows between unbounded preceding and current row
        ) as reached_jobs,
        sum(jobs) over (partition by size_position) as all_jobs
    from times
),

quantiles as (
    select
        size_position,
        cast(sum(jobs) as bigint) as queue_jobs,
        min(case when 100 * reached_jobs >= 25 * all_jobs then queue_s end) as queue_p25_s,
        min(case when 100 * reached_jobs >= 50 * all_jobs then queue_s end) as queue_p50_s,
        min(case when 100 * reached_jobs >= 75 * all_jobs then queue_s end) as queue_p75_s,
        min(case when 100 * reached_jobs >= 95 * all_jobs then queue_s end) as queue_p95_s
    from ranked_times
    group by size_position
)

select
    sums.size_position,
    sums.size_bin,
    $population as population,
    $method as method,
    sums.jobs,
    sums.jobs / cast(sum(sums.jobs) over () as bigint) as jobs_ratio,
    sums.failed_jobs / nullif(sums.judged_jobs, 0) as failed_ratio,
    coalesce(quantiles.queue_jobs, 0) as queue_jobs,
    quantiles.queue_p25_s,
    quantiles.queue_p50_s,
    quantiles.queue_p75_s,
    quantiles.queue_p95_s,
    sums.matched_jobs,
    sums.local_bytes + sums.remote_bytes + sums.unknown_bytes as transferred_bytes,
    (sums.local_bytes + sums.remote_bytes + sums.unknown_bytes) / nullif(sums.matched_jobs, 0)
        as transferred_bytes_per_job,
    sums.remote_bytes,
    sums.remote_bytes / nullif(sums.local_bytes + sums.remote_bytes, 0) as remote_bytes_ratio
from sums
left join quantiles on quantiles.size_position = sums.size_position
order by sums.size_position

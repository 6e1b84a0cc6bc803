-- How many of the matched jobs failed, by the share of their queue time in which a transfer was
-- moving (data-management paper, sec. 5.3 and 7). Of finished and failed jobs alone: closed and
-- cancelled ones are neither. The interval is Wilson's, of 95 %.
-- grain: position
-- reads: mart.transfer_share_counts
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- column: position | order of the rows
-- column: from_ratio | shares are above this; NULL for the first row, which holds shares of 0
-- column: to_ratio | and up to this
-- column: jobs | finished and failed jobs
-- column: failed_jobs | of these, failed jobs
-- column: failure_ratio | failed_jobs over jobs; NULL where there is none, as are its bounds
-- column: low_failure_ratio | lower end of the interval
-- column: high_failure_ratio | upper end of the interval
with counts as (
    select
        position,
        from_ratio,
        threshold_ratio as to_ratio,
        cast(sum(case when job_outcome <> '-' then interval_jobs else 0 end) as bigint) as jobs,
        cast(sum(case when job_outcome = 'F' then interval_jobs else 0 end) as bigint)
            as failed_jobs
    from mart.transfer_share_counts($same_jobs, method := $method)
    group by position, from_ratio, threshold_ratio
),

rates as (
    select
        *,
        failed_jobs / nullif(jobs, 0) as failure_ratio,
        -- 1.96 squared over the number of jobs
        3.8416 / nullif(jobs, 0) as z2_ratio
    from counts
),

intervals as (
    select
        *,
        (failure_ratio + z2_ratio / 2) / (1 + z2_ratio) as middle_ratio,
        sqrt(z2_ratio * (failure_ratio * (1 - failure_ratio) + z2_ratio / 4)) / (1 + z2_ratio)
            as half_ratio
    from rates
)

select
    position,
    from_ratio,
    to_ratio,
    jobs,
    failed_jobs,
    failure_ratio,
    -- greatest and least pass over NULLs, and where nobody was there is no interval
    case when jobs > 0 then greatest(middle_ratio - half_ratio, 0e0) end as low_failure_ratio,
    case when jobs > 0 then least(middle_ratio + half_ratio, 1e0) end as high_failure_ratio
from intervals
order by position

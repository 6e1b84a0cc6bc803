-- Queue time of the jobs of the window, creation to start, in logarithmic bins, and its long tail
-- (introspective paper, Fig. 6a: user jobs). Every job is in one bin: those that did not wait in
-- bin -1, those that never started or whose time is negative in bin -2. A quantile is a value that
-- occurs: the smallest that at least that share of the jobs of known time does not exceed.
-- grain: bin
-- reads: core.jobs
-- filters: jobs
-- argument: bins_a_decade = '4' of '1', '2', '4', '5', '10' | bins from one power of ten to the
--    next
-- column: bin | number of the bin: 0 begins at 1 s; -1: no wait; -2: unknown
-- column: from_s | least queue time of the bin, in seconds; NULL where unknown
-- column: to_s | queue time that the bin no longer holds, in seconds; NULL where unknown
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs of the bin
-- column: jobs_ratio | share of all jobs
-- column: waited_ratio | of the jobs of known time, those up to this bin; NULL in bin -2
-- column: p50_s | half of the jobs wait no longer, in seconds; the same in every row
-- column: p90_s | 90 % of the jobs wait no longer, in seconds; the same in every row
-- column: p99_s | 99 % of the jobs wait no longer, in seconds; the same in every row
-- column: max_s | longest wait, in seconds; the same in every row
with settings as (
    select cast($bins_a_decade as bigint) as bins
),

-- jobs with the same queue time are one row from here on
times as (
    select
        case when queue_s >= 0 then queue_s end as queue_s,
        count(*) as jobs
    from core.jobs
    where $chosen_jobs
    group by case when queue_s >= 0 then queue_s end
),

ranked_times as (
    select
        queue_s,
        sum(jobs) over (
            order by queue_s
            rows between unbounded preceding and current row
        ) as reached_jobs,
        sum(jobs) over () as all_jobs
    from times
    where queue_s is not null
),

quantiles as (
    select
        min(case when 100 * reached_jobs >= 50 * all_jobs then queue_s end) as p50_s,
        min(case when 100 * reached_jobs >= 90 * all_jobs then queue_s end) as p90_s,
        min(case when 100 * reached_jobs >= 99 * all_jobs then queue_s end) as p99_s,
        max(queue_s) as max_s
    from ranked_times
),

binned_times as (
    select
        case
            when times.queue_s is null then -2
            when times.queue_s = 0 then -1
            else cast(floor(log10(times.queue_s) * settings.bins) as bigint)
        end as bin,
        times.jobs
    from times
    cross join settings
),

counts as (
    select
        bin,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(case when bin > -2 then sum(jobs) else 0 end) over (
            order by bin
            rows between unbounded preceding and current row
        ) as double) as waited_jobs,
        sum(sum(jobs)) over () as all_jobs,
        sum(case when bin > -2 then sum(jobs) else 0 end) over () as known_jobs
    from binned_times
    group by bin
)

select
    counts.bin,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin as double) / settings.bins)
        when counts.bin = -1 then 0
    end as from_s,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin + 1 as double) / settings.bins)
        when counts.bin = -1 then 1
    end as to_s,
    $population as population,
    counts.jobs,
    counts.jobs / counts.all_jobs as jobs_ratio,
    case when counts.bin > -2 then counts.waited_jobs / counts.known_jobs end as waited_ratio,
    quantiles.p50_s,
    quantiles.p90_s,
    quantiles.p99_s,
    quantiles.max_s
from counts
cross join settings
cross join quantiles
order by counts.bin

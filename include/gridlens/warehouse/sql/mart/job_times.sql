-- Queue and wall time of the jobs of the window by how they ended. A quantile is a value that
-- occurs: the smallest that at least that share of the jobs does not exceed. Jobs whose time is
-- unknown or negative are left out of that time's row.
-- grain: quantity, position
-- reads: core.jobs
-- filters: jobs
-- column: quantity | queue: creation to start; wall: start to end
-- column: position | order of the rows of a quantity
-- column: jobstatus | state in which the jobs ended, 'Other statuses' or 'Total'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs whose time is known and not negative
-- column: mean_s | mean, in seconds; NULL where there is no job, as are the quantiles
-- column: p05_s | 5 % of the jobs take no longer, in seconds
-- column: p25_s | 25 % of the jobs take no longer, in seconds
-- column: p50_s | half of the jobs take no longer, in seconds
-- column: p75_s | 75 % of the jobs take no longer, in seconds
-- column: p95_s | 95 % of the jobs take no longer, in seconds
with statuses as (
    select *
    from (
        values
        (1, 'finished'),
        (2, 'failed'),
        (3, 'cancelled'),
        (4, 'closed'),
        (5, 'Other statuses'),
        (6, 'Total')
    ) as named (position, jobstatus)
),

quantities as (
    select *
    from (values ('queue'), ('wall')) as named (quantity)
),

-- jobs with the same time are one row from here on: few are left to be put in order
times as (
    select
        quantities.quantity,
        coalesce(statuses.position, 5) as position,
        case when quantities.quantity = 'queue' then jobs.queue_s else jobs.wall_s end as time_s,
        count(*) as jobs
    from core.jobs as jobs
    cross join quantities
    left join statuses on statuses.jobstatus = jobs.jobstatus and statuses.position < 5
    where $chosen_jobs
    group by
        quantities.quantity,
        coalesce(statuses.position, 5),
        case when quantities.quantity = 'queue' then jobs.queue_s else jobs.wall_s end
),

times_and_totals as (
    select quantity, position, time_s, jobs
    from times
    where time_s >= 0
    union all
    select quantity, 6, time_s, sum(jobs)
    from times
    where time_s >= 0
    group by quantity, time_s
),

ranked_times as (
    select
        quantity,
        position,
        time_s,
        jobs,
        sum(jobs) over (
            partition by quantity, position
            order by time_s
            rows between unbounded preceding and current row
        ) as reached_jobs,
        sum(jobs) over (partition by quantity, position) as all_jobs
    from times_and_totals
),

quantiles as (
    select
        quantity,
        position,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(time_s * jobs) as double) / sum(jobs) as mean_s,
        min(case when 100 * reached_jobs >= 5 * all_jobs then time_s end) as p05_s,
        min(case when 100 * reached_jobs >= 25 * all_jobs then time_s end) as p25_s,
        min(case when 100 * reached_jobs >= 50 * all_jobs then time_s end) as p50_s,
        min(case when 100 * reached_jobs >= 75 * all_jobs then time_s end) as p75_s,
        min(case when 100 * reached_jobs >= 95 * all_jobs then time_s end) as p95_s
    from ranked_times
    group by quantity, position
)

select
    quantities.quantity,
    statuses.position,
    statuses.jobstatus,
    $population as population,
    coalesce(quantiles.jobs, 0) as jobs,
    quantiles.mean_s,
    quantiles.p05_s,
    quantiles.p25_s,
    quantiles.p50_s,
    quantiles.p75_s,
    quantiles.p95_s
from statuses
cross join quantities
left join quantiles
    on quantiles.quantity = quantities.quantity and quantiles.position = statuses.position
order by quantities.quantity, statuses.position

-- Queue and wall times of matched jobs whose transfers were all local, all remote, or a mix
-- (data-management paper, sec. 5.3: local data do not always mean a shorter queue). A quantile is
-- a value that occurs: the smallest that at least that share of the jobs does not exceed. Jobs
-- whose time is unknown or negative are left out of that time's row.
-- grain: quantity, position
-- reads: mart.job_transfer_times
-- filters: jobs
-- argument: method = 'rm2' of 'exact', 'rm1', 'rm2' | the method of matching; the relaxed ones
--    find nearly all of the remote transfers
-- column: quantity | queue: creation to start; wall: start to end
-- column: position | order of the rows of a quantity
-- column: locality | local: every transfer stays at one known site; remote: none; else mixed
-- column: jobs | jobs whose time is known and not negative
-- column: mean_s | mean, in seconds; NULL where there is no job, as are the quantiles
-- column: p05_s | 5 % of the jobs take no longer, in seconds
-- column: p25_s | 25 % of the jobs take no longer, in seconds
-- column: p50_s | half of the jobs take no longer, in seconds
-- column: p75_s | 75 % of the jobs take no longer, in seconds
-- column: p95_s | 95 % of the jobs take no longer, in seconds
with rows_to_fill as (
    select *
    from (
        values
        ('queue', 1, 'local'),
        ('queue', 2, 'remote'),
        ('queue', 3, 'mixed'),
        ('wall', 1, 'local'),
        ('wall', 2, 'remote'),
        ('wall', 3, 'mixed')
    ) as named (quantity, position, locality)
),

chosen_jobs as (
    select
        jobs.locality,
        jobs.queue_s,
        jobs.wall_s
    from mart.job_transfer_times as jobs
    where $chosen_jobs
        and jobs.method = $method
),

times as (
    select
        'queue' as quantity,
        locality,
        queue_s as time_s
    from chosen_jobs
    where queue_s >= 0
    union all
    select
        'wall',
        locality,
        wall_s
    from chosen_jobs
    where wall_s >= 0
),

ranked_times as (
    select
        quantity,
        locality,
        time_s,
        row_number() over (partition by quantity, locality order by time_s) as reached_jobs,
        count(*) over (partition by quantity, locality) as all_jobs
    from times
),

quantiles as (
    select
        quantity,
        locality,
        count(*) as jobs,
        avg(time_s) as mean_s,
        min(case when 100 * reached_jobs >= 5 * all_jobs then time_s end) as p05_s,
        min(case when 100 * reached_jobs >= 25 * all_jobs then time_s end) as p25_s,
        min(case when 100 * reached_jobs >= 50 * all_jobs then time_s end) as p50_s,
        min(case when 100 * reached_jobs >= 75 * all_jobs then time_s end) as p75_s,
        min(case when 100 * reached_jobs >= 95 * all_jobs then time_s end) as p95_s
    from ranked_times
    group by quantity, locality
)

select
    rows_to_fill.quantity,
    rows_to_fill.position,
    rows_to_fill.locality,
    coalesce(quantiles.jobs, 0) as jobs,
    quantiles.mean_s,
    quantiles.p05_s,
    quantiles.p25_s,
    quantiles.p50_s,
    quantiles.p75_s,
    quantiles.p95_s
from rows_to_fill
left join quantiles
    on quantiles.quantity = rows_to_fill.quantity and quantiles.locality = rows_to_fill.locality
order by rows_to_fill.quantity, rows_to_fill.position

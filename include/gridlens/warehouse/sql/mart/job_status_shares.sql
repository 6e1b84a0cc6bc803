-- How the jobs of the window ended, and the wall time that went into each end (introspective
-- paper, sec. 4.3: closed and cancelled jobs are ends of their own, not failures).
-- grain: position
-- reads: mart.daily_jobs
-- filters: jobs
-- column: position | order of the rows
-- column: jobstatus | state in which the jobs ended, 'Other statuses' or 'Total'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | number of jobs
-- column: jobs_ratio | share of all jobs; NULL where there is none
-- column: wall_core_s | their wall time times cores, in core seconds
-- column: wall_core_ratio | share of all core seconds; NULL where there are none
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

chosen_jobs as (
    select
        coalesce(statuses.position, 5) as position,
        daily_jobs.jobs,
        daily_jobs.wall_core_s
    from mart.daily_jobs as daily_jobs
    left join statuses
        on statuses.jobstatus = daily_jobs.jobstatus and statuses.position < 5
    where $chosen_jobs
),

sums as (
    select
        statuses.position,
        statuses.jobstatus,
        cast(coalesce(sum(chosen_jobs.jobs), 0) as bigint) as jobs,
        cast(coalesce(sum(chosen_jobs.wall_core_s), 0) as bigint) as wall_core_s
    from statuses
    left join chosen_jobs
        on statuses.position = 6 or chosen_jobs.position = statuses.position
    group by statuses.position, statuses.jobstatus
)

select
    sums.position,
    sums.jobstatus,
    $population as population,
    sums.jobs,
    sums.jobs / nullif(totals.jobs, 0) as jobs_ratio,
    sums.wall_core_s,
    sums.wall_core_s / nullif(totals.wall_core_s, 0) as wall_core_ratio
from sums
cross join sums as totals
where totals.position = 6
order by sums.position

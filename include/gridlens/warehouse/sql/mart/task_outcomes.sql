-- How the JEDI tasks of the window ended, and what their jobs went through (introspective paper,
-- sec. 3 and 4.1). Means are over the tasks whose time is known. A task is chosen if the filters
-- choose one of its jobs, and counts with all its jobs, as in mart.tasks.
-- grain: position
-- reads: mart.tasks
-- filters: tasks
-- argument: population = 'user' of 'user', 'production', 'all' | tasks that are counted
-- column: position | order of the rows
-- column: status | state of the tasks, 'Other statuses' or 'Total'
-- column: population | tasks that are counted: 'user', 'production' or 'all'
-- column: tasks | number of tasks
-- column: tasks_ratio | share of all tasks; NULL where there is none
-- column: mean_queue_s | mean time from creation to the first start of a job, in seconds
-- column: mean_wall_s | mean time from start to end, in seconds
-- column: jobs | jobs of the tasks
-- column: mean_jobs | jobs a task
-- column: failed_jobs | jobs that failed
-- column: failed_jobs_ratio | failed_jobs over jobs; NULL where there is no job
-- column: retry_jobs | jobs with an attempt number above 1
-- column: retry_jobs_ratio | retry_jobs over jobs; NULL where there is no job
-- column: job_core_h | wall time times cores of the jobs, in core-hours
with statuses as (
    select *
    from (
        values
        (1, 'done'),
        (2, 'finished'),
        (3, 'failed'),
        (4, 'aborted'),
        (5, 'broken'),
        (6, 'Other statuses'),
        (7, 'Total')
    ) as named (position, status)
),

placed_tasks as (
    select
        tasks.*,
        coalesce(statuses.position, 6) as position
    from mart.tasks($same_tasks, population := $population) as tasks
    left join statuses on statuses.status = tasks.status and statuses.position < 6
),

sums as (
    select
        statuses.position,
        statuses.status,
        count(tasks.jeditaskid) as tasks,
        cast(sum(tasks.queue_s) as double) / count(tasks.queue_s) as mean_queue_s,
        cast(sum(tasks.wall_s) as double) / count(tasks.wall_s) as mean_wall_s,
        cast(coalesce(sum(tasks.jobs), 0) as bigint) as jobs,
        cast(coalesce(sum(tasks.failed_jobs), 0) as bigint) as failed_jobs,
        cast(coalesce(sum(tasks.retry_jobs), 0) as bigint) as retry_jobs,
        cast(coalesce(sum(tasks.job_wall_core_s), 0) as double) / 3600 as job_core_h
    from statuses
    left join placed_tasks as tasks
        on statuses.position = 7 or tasks.position = statuses.position
    group by statuses.position, statuses.status
)

select
    sums.position,
    sums.status,
    $population as population,
    sums.tasks,
    sums.tasks / nullif(totals.tasks, 0) as tasks_ratio,
    sums.mean_queue_s,
    sums.mean_wall_s,
    sums.jobs,
    sums.jobs / nullif(sums.tasks, 0) as mean_jobs,
    sums.failed_jobs,
    sums.failed_jobs / nullif(sums.jobs, 0) as failed_jobs_ratio,
    sums.retry_jobs,
    sums.retry_jobs / nullif(sums.jobs, 0) as retry_jobs_ratio,
    sums.job_core_h
from sums
cross join sums as totals
where totals.position = 7
order by sums.position

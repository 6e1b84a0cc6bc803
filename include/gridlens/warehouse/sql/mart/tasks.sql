-- JEDI tasks of the window with all their jobs up to its end (introspective paper, sec. 3 and 4.1).
-- A task belongs to the day of its end, or of its last change while it goes on. Jobs that ended
-- before the first loaded day are not known. A task is chosen by its jobs: if the filters choose
-- one that ended before the window's end, it is there with all its jobs; without a filter, tasks
-- without a known job are there, too.
-- grain: jeditaskid
-- reads: core.tasks, core.jobs, mart.task_jobs
-- filters: tasks
-- argument: population = 'user' of 'user', 'production', 'all' | tasks that are listed, by their
--    prodsourcelabel
-- column: jeditaskid | JEDI task id
-- column: task_day | UTC day of the task's end or last change
-- column: status | state of the task
-- column: outcome | success: done or finished; failure: failed, aborted, broken or exhausted; open
-- column: population | tasks that are listed: 'user', 'production' or 'all'
-- column: queue_s | seconds from creation to the first start of a job, else of the task; NULL where
--    either is unknown or the time is negative
-- column: wall_s | seconds from the task's start to its end; NULL where either is unknown or the
--    time is negative
-- column: jobs | jobs that are known of it
-- column: failed_jobs | of these, jobs that failed
-- column: retry_jobs | of these, jobs with an attempt number above 1
-- column: job_wall_core_s | their wall time times cores, in core seconds
-- column: failed_jobs_ratio | failed_jobs over jobs; NULL where there is no job
with chosen_tasks as (
    select
        jeditaskid,
        task_day,
        status,
        creationdate,
        starttime,
        endtime
    from core.tasks
    where task_day >= $window_start and task_day < $window_end
        and (
            $population = 'all'
            or coalesce(prodsourcelabel = 'user', false) = ($population = 'user')
        )
        and $chosen_tasks
),

job_sums as (
    select
        jeditaskid,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(failed_jobs) as bigint) as failed_jobs,
        cast(sum(retry_jobs) as bigint) as retry_jobs,
        cast(sum(wall_core_s) as bigint) as wall_core_s,
        min(first_starttime) as first_starttime
    from mart.task_jobs
    where job_day < $window_end
    group by jeditaskid
),

times as (
    select
        tasks.*,
        coalesce(job_sums.jobs, 0) as jobs,
        coalesce(job_sums.failed_jobs, 0) as failed_jobs,
        coalesce(job_sums.retry_jobs, 0) as retry_jobs,
        coalesce(job_sums.wall_core_s, 0) as job_wall_core_s,
        cast(
            epoch(date_trunc('second', coalesce(job_sums.first_starttime, tasks.starttime)))
            - epoch(date_trunc('second', tasks.creationdate)) as bigint
        ) as queue_s,
        cast(
            epoch(date_trunc('second', tasks.endtime))
            - epoch(date_trunc('second', tasks.starttime)) as bigint
        ) as wall_s
    from chosen_tasks as tasks
    left join job_sums on job_sums.jeditaskid = tasks.jeditaskid
)

select
    jeditaskid,
    task_day,
    status,
    case
        when status in ('done', 'finished') then 'success'
        when status in ('failed', 'aborted', 'broken', 'exhausted') then 'failure'
        else 'open'
    end as outcome,
    $population as population,
    case when queue_s >= 0 then queue_s end as queue_s,
    case when wall_s >= 0 then wall_s end as wall_s,
    jobs,
    failed_jobs,
    retry_jobs,
    job_wall_core_s,
    failed_jobs / nullif(jobs, 0) as failed_jobs_ratio
from times

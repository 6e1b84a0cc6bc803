-- Jobs of the window that a method matched to transfers, with how they and their tasks ended
-- (data-management paper, sec. 5.3: "D" for completed, "F" for failed). A task ends after its
-- jobs, often after the window: its state is the newest that the warehouse knows, on any day.
-- Closed and cancelled jobs, and tasks that have not ended, did neither: they have '-'.
-- grain: job_day, pandaid, method
-- reads: mart.job_transfer_times, core.jobs, core.tasks
-- filters: jobs
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: method | exact, rm1 or rm2
-- column: jeditaskid | JEDI task of the job
-- column: job_outcome | D: finished; F: failed; -: neither
-- column: task_outcome | D: done or finished; F: failed, broken, aborted or exhausted; -: neither
-- column: jobstatus | state in which the job ended
-- column: task_status | newest known state of the task; NULL where it is unknown
-- column: transfers | transfers that the method matches to the job
-- column: bytes | sum of their known sizes; NULL where none is known
-- column: locality | local: every transfer stays at one known site; remote: none; else mixed
-- column: queue_s | seconds from creation to start
-- column: wall_s | seconds from start to end
-- column: transfer_s | seconds with a transfer moving, whenever that was
-- column: transfer_queue_s | of these, seconds from creation to start; NULL where either is unknown
-- column: queue_share_ratio | transfer_queue_s over queue_s; NULL where queue_s is not above 0
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
with newest_tasks as (
    select jeditaskid, status
    from core.tasks
    qualify row_number() over (
        partition by jeditaskid order by modificationtime desc nulls last, task_day desc, status
    ) = 1
),

matches as (
    select *
    from mart.job_transfer_times
    where $chosen_jobs
),

job_tasks as (
    select job_day, pandaid, jeditaskid
    from core.jobs
    where job_day >= $window_start and job_day < $window_end
)

select
    matches.job_day,
    matches.pandaid,
    matches.method,
    jobs.jeditaskid,
    case matches.jobstatus when 'finished' then 'D' when 'failed' then 'F' else '-' end
        as job_outcome,
    case
        when tasks.status in ('done', 'finished') then 'D'
        when tasks.status in ('failed', 'broken', 'aborted', 'exhausted') then 'F'
        else '-'
    end as task_outcome,
    matches.jobstatus,
    tasks.status as task_status,
    matches.transfers,
    matches.bytes,
    matches.locality,
    matches.queue_s,
    matches.wall_s,
    matches.transfer_s,
    matches.transfer_queue_s,
    matches.queue_share_ratio,
    matches.is_user_job,
    matches.computingsite,
    matches.site,
    matches.site_cloud,
    matches.tier_level,
    matches.country,
    matches.resource_type
from matches
join job_tasks as jobs on jobs.job_day = matches.job_day and jobs.pandaid = matches.pandaid
left join newest_tasks as tasks on tasks.jeditaskid = jobs.jeditaskid

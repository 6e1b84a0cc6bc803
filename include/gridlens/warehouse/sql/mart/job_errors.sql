-- Error codes of the jobs that failed, one row a code. A job has up to seven, one a component;
-- 0 is none. The payload's transexitcode is left out: PanDA copies it into exeerrorcode.
-- grain: job_day, pandaid, component
-- reads: core.jobs
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- column: component | pilot, exe, sup, ddm, brokerage, jobdispatcher or taskbuffer
-- column: code | error code, never 0; sql/lists/error_codes.csv names it
-- column: job_codes | codes that the job has
-- column: is_first | the first of the job's codes by component: to count each job once
-- fail: code <> 0
with components as (
    select *
    from (
        values
        (1, 'pilot'),
        (2, 'exe'),
        (3, 'sup'),
        (4, 'ddm'),
        (5, 'brokerage'),
        (6, 'jobdispatcher'),
        (7, 'taskbuffer')
    ) as named (position, component)
),

codes as (
    select
        jobs.job_day,
        jobs.pandaid,
        jobs.jeditaskid,
        jobs.is_user_job,
        jobs.computingsite,
        jobs.site,
        jobs.site_cloud,
        jobs.tier_level,
        jobs.country,
        jobs.resource_type,
        components.position,
        components.component,
        case components.position
            when 1 then jobs.piloterrorcode
            when 2 then jobs.exeerrorcode
            when 3 then jobs.superrorcode
            when 4 then jobs.ddmerrorcode
            when 5 then jobs.brokerageerrorcode
            when 6 then jobs.jobdispatchererrorcode
            when 7 then jobs.taskbuffererrorcode
        end as code
    from core.jobs as jobs
    cross join components
    where jobs.job_day = $day and jobs.jobstatus = 'failed'
)

select
    job_day,
    pandaid,
    jeditaskid,
    is_user_job,
    computingsite,
    site,
    site_cloud,
    tier_level,
    country,
    resource_type,
    component,
    code,
    count(*) over (partition by pandaid) as job_codes,
    row_number() over (partition by pandaid order by position) = 1 as is_first
from codes
where code <> 0

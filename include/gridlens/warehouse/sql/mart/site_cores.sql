-- Cores that the jobs of a day used at each site. PanDA and CRIC do not say how many cores a site
-- has; the most that its jobs held at one time is what is known from below. Only jobs that ended
-- on the day are seen, so that a site of long jobs has more.
-- grain: job_day, site
-- reads: core.jobs
-- day: job_day
-- column: job_day | UTC day on which the jobs ended
-- column: site | ATLAS site
-- column: jobs | jobs that ran there and ended on the day
-- column: peak_cores | most cores that these jobs held at one time
-- column: wall_core_s | their wall time times cores, in core seconds
-- fail: peak_cores > 0
with runs as (
    select
        site,
        starttime,
        endtime,
        cores,
        wall_s
    from core.jobs
    where job_day = $day and site is not null and wall_s > 0
),

changes as (
    select
        site,
        starttime as changed_at,
        cores
    from runs
    union all
    select
        site,
        endtime,
        -cores
    from runs
),

-- all that changes at one moment is one change: what ends makes room for what begins
moments as (
    select
        site,
        changed_at,
        sum(cores) as cores
    from changes
    group by site, changed_at
),

levels as (
    select
        site,
        sum(cores) over (
            partition by site
            order by changed_at
            rows between unbounded preceding and current row
        ) as cores
    from moments
),

peaks as (
    select
        site,
        cast(max(cores) as bigint) as peak_cores
    from levels
    group by site
)

select
    cast($day as date) as job_day,
    runs.site,
    count(*) as jobs,
    peaks.peak_cores,
    cast(sum(runs.wall_s * runs.cores) as bigint) as wall_core_s
from runs
join peaks on peaks.site = runs.site
group by runs.site, peaks.peak_cores

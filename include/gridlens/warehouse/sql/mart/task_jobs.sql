-- Jobs of each JEDI task that ended on a day: sums that may be added over days.
-- grain: job_day, jeditaskid
-- reads: core.jobs
-- day: job_day
-- column: job_day | UTC day on which the jobs ended
-- column: jeditaskid | JEDI task of the jobs
-- column: jobs | jobs
-- column: finished_jobs | jobs that finished
-- column: failed_jobs | jobs that failed
-- column: retry_jobs | jobs with an attempt number above 1
-- column: first_starttime | earliest start of these jobs; NULL where none started [UTC]
-- column: wall_s | sum of their wall times, in seconds; negative ones left out
-- column: wall_core_s | sum of their wall times times cores, in core seconds
-- fail: jobs > 0
select
    job_day,
    jeditaskid,
    count(*) as jobs,
    count(case when jobstatus = 'finished' then 1 end) as finished_jobs,
    count(case when jobstatus = 'failed' then 1 end) as failed_jobs,
    count(case when attemptnr > 1 then 1 end) as retry_jobs,
    min(starttime) as first_starttime,
    cast(coalesce(sum(case when wall_s >= 0 then wall_s end), 0) as bigint) as wall_s,
    cast(coalesce(sum(case when wall_s >= 0 then wall_s * cores end), 0) as bigint) as wall_core_s
from core.jobs
where job_day = $day and jeditaskid is not null
group by job_day, jeditaskid

-- Jobs of a day by where, what and how they ended: counts and sums that may be added over days
-- and over groups; the means are sums over the counts beside them.
-- grain: job_day, computingsite, site, site_cloud, tier_level, country, resource_type, is_user_job, jobstatus
-- reads: core.jobs
-- day: job_day
-- column: job_day | UTC day on which the jobs ended
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- column: is_user_job | prodsourcelabel is 'user'
-- column: jobstatus | state in which they ended
-- column: jobs | number of jobs
-- column: queue_jobs | jobs whose queue time is known and not negative
-- column: queue_s | sum of their queue times, in seconds
-- column: wall_jobs | jobs whose wall time is known and not negative
-- column: wall_s | sum of their wall times, in seconds
-- column: wall_core_s | sum of their wall times times cores, in core seconds
-- fail: jobs > 0
select
    job_day,
    computingsite,
    site,
    site_cloud,
    tier_level,
    country,
    resource_type,
    is_user_job,
    jobstatus,
    count(*) as jobs,
    count(case when queue_s >= 0 then 1 end) as queue_jobs,
    cast(coalesce(sum(case when queue_s >= 0 then queue_s end), 0) as bigint) as queue_s,
    count(case when wall_s >= 0 then 1 end) as wall_jobs,
    cast(coalesce(sum(case when wall_s >= 0 then wall_s end), 0) as bigint) as wall_s,
    cast(coalesce(sum(case when wall_s >= 0 then wall_s * cores end), 0) as bigint) as wall_core_s
from core.jobs
where job_day = $day
group by
    job_day,
    computingsite,
    site,
    site_cloud,
    tier_level,
    country,
    resource_type,
    is_user_job,
    jobstatus

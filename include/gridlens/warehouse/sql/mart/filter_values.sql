-- Values that the shared filters know in the window, and how much of it each stands for: what to
-- write for at_site and the others. A place or queue that the day's topology names is known though
-- nothing ran there; a site that only the other end of a transfer has is known to links alone.
-- grain: argument, value
-- reads: core.sites, core.queues, core.transfers, core.transfer_failures, mart.daily_jobs
-- column: argument | filter that takes the value: at_site, in_cloud, at_tier, in_country, at_queue,
--    with_resource_type or with_activity
-- column: value | what the filter takes, as text
-- column: jobs | jobs of the window, of users and others, that it chooses; 0 for an activity
-- column: transfers | transfers that started in the window, failed ones included, that it chooses
--    by the job's end or by activity; 0 for a queue or resource type, which no transfer has
with job_sums as (
    select
        site,
        site_cloud as cloud,
        cast(tier_level as varchar) as tier,
        country,
        computingsite,
        resource_type,
        sum(jobs) as jobs
    from mart.daily_jobs
    where job_day >= $window_start and job_day < $window_end
    group by 1, 2, 3, 4, 5, 6
),

moves as (
    select job_site, site_cloud, tier_level, country, activity, src_site, dst_site
    from core.transfers
    where started_day >= $window_start and started_day < $window_end
    union all
    select job_site, site_cloud, tier_level, country, activity, src_site, dst_site
    from core.transfer_failures
    where started_day >= $window_start and started_day < $window_end
),

move_sums as (
    select
        job_site as site,
        site_cloud as cloud,
        cast(tier_level as varchar) as tier,
        country,
        activity,
        src_site,
        dst_site,
        count(*) as transfers
    from moves
    group by 1, 2, 3, 4, 5, 6, 7
),

topology as (
    select site, cloud, cast(tier_level as varchar) as tier, country, null as queue
    from core.sites
    where dump_day >= $window_start and dump_day < $window_end
    union all
    select null, null, null, null, queue
    from core.queues
    where dump_day >= $window_start and dump_day < $window_end
),

named as (
    select 'at_site' as argument, site as value, jobs, 0 as transfers from job_sums
    union all
    select 'in_cloud', cloud, jobs, 0 from job_sums
    union all
    select 'at_tier', tier, jobs, 0 from job_sums
    union all
    select 'in_country', country, jobs, 0 from job_sums
    union all
    select 'at_queue', computingsite, jobs, 0 from job_sums
    union all
    select 'with_resource_type', resource_type, jobs, 0 from job_sums
    union all
    select 'at_site', site, 0, transfers from move_sums
    union all
    select 'at_site', src_site, 0, 0 from move_sums
    union all
    select 'at_site', dst_site, 0, 0 from move_sums
    union all
    select 'in_cloud', cloud, 0, transfers from move_sums
    union all
    select 'at_tier', tier, 0, transfers from move_sums
    union all
    select 'in_country', country, 0, transfers from move_sums
    union all
    select 'with_activity', activity, 0, transfers from move_sums
    union all
    select 'at_site', site, 0, 0 from topology
    union all
    select 'in_cloud', cloud, 0, 0 from topology
    union all
    select 'at_tier', tier, 0, 0 from topology
    union all
    select 'in_country', country, 0, 0 from topology
    union all
    select 'at_queue', queue, 0, 0 from topology
)

select
    argument,
    value,
    cast(sum(jobs) as bigint) as jobs,
    cast(sum(transfers) as bigint) as transfers
from named
where value is not null
group by argument, value
order by argument, value

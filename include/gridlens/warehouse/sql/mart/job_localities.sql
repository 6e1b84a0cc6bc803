-- Table 2(b) of the data-management paper: jobs that ended in the window and have a matched
-- transfer, by method: all of a job's transfers local, all remote, or a mix.
-- grain: position
-- reads: core.jobs, mart.job_transfer_times
-- argument: population = 'user' of 'user', 'all' | 'user': jobs of users, as in the paper; 'all': every job
-- argument: at_site = 'all' | only jobs at this site
-- argument: in_cloud = 'all' | only jobs in this cloud
-- argument: at_tier = 'all' | only jobs at sites of this tier, '0' to '3'
-- argument: in_country = 'all' | only jobs in this country
-- argument: with_resource_type = 'all' | only jobs of this resource type
-- column: position | order of the rows
-- column: method | exact, rm1 or rm2
-- column: population | jobs that are counted: 'user' or 'all'
-- column: all_local | jobs whose matched transfers are all local
-- column: all_remote | jobs whose matched transfers are all remote
-- column: mixed | jobs with both
-- column: total | jobs with a matched transfer
-- column: of_jobs | all jobs that ended in the window
-- column: matched_ratio | total over of_jobs; NULL where there is no job
with methods as (
    select *
    from (values (1, 'exact'), (2, 'rm1'), (3, 'rm2')) as named (position, method)
),

totals as (
    select count(*) as of_jobs
    from core.jobs
    where job_day >= $window_start and job_day < $window_end
        and endtime is not null
        and ($population = 'all' or ($population = 'user' and is_user_job))
        and ($at_site = 'all' or site = $at_site)
        and ($in_cloud = 'all' or site_cloud = $in_cloud)
        and ($at_tier = 'all' or cast(tier_level as varchar) = $at_tier)
        and ($in_country = 'all' or country = $in_country)
        and ($with_resource_type = 'all' or resource_type = $with_resource_type)
),

counts as (
    select
        method,
        count(case when locality = 'local' then 1 end) as all_local,
        count(case when locality = 'remote' then 1 end) as all_remote,
        count(case when locality = 'mixed' then 1 end) as mixed,
        count(*) as total
    from mart.job_transfer_times
    where job_day >= $window_start and job_day < $window_end
        and ($population = 'all' or ($population = 'user' and is_user_job))
        and ($at_site = 'all' or site = $at_site)
        and ($in_cloud = 'all' or site_cloud = $in_cloud)
        and ($at_tier = 'all' or cast(tier_level as varchar) = $at_tier)
        and ($in_country = 'all' or country = $in_country)
        and ($with_resource_type = 'all' or resource_type = $with_resource_type)
    group by method
)

select
    methods.position,
    methods.method,
    $population as population,
    coalesce(counts.all_local, 0) as all_local,
    coalesce(counts.all_remote, 0) as all_remote,
    coalesce(counts.mixed, 0) as mixed,
    coalesce(counts.total, 0) as total,
    totals.of_jobs,
    coalesce(counts.total, 0) / nullif(totals.of_jobs, 0) as matched_ratio
from methods
cross join totals
left join counts on counts.method = methods.method
order by methods.position

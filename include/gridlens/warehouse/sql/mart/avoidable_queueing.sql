-- Jobs that waited at the site of their data while a site like it was free: the price of strict
-- data locality that the data-management paper names (sec. 3.1 and 5.3). The job was made in a hot
-- spell of its site (mart.hot_sites), so that it waited for the site and not for a turn of its own,
-- and it reads input. While the spell's jobs waited, which is from the first being made to the
-- typical wait after the last, a site of the same tier started most of the jobs that were made for it
-- at once; where several did, the one with the most such jobs is named.
-- Its data were local if its matched transfers are; without any they are taken to be, for PanDA
-- sends jobs to their data (sec. 5.1). Jobs with remote transfers are left out.
-- An hour: more than what staging elsewhere takes. At once is ten minutes, most the paper's 75 %;
-- ten jobs, so that no handful stands for a site.
-- grain: job_day, pandaid
-- reads: core.jobs, mart.job_transfer_times, mart.hot_sites
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- argument: least_queue_s = '3600' | seconds that a job waited
-- argument: prompt_s = '600' | seconds within which a job started at once
-- argument: least_prompt_ratio = '0.75' | share of a free site's jobs that started at once
-- argument: least_jobs = '10' | jobs that were made for the free site meanwhile
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: site | ATLAS site at which it waited
-- column: computingsite | PanDA queue
-- column: tier_level | tier of both sites
-- column: queue_s | seconds that it waited
-- column: is_matched_local | its matched transfers are all local; else none is known
-- column: free_site | site that was free
-- column: free_jobs | jobs that were made for it meanwhile
-- column: prompt_ratio | share of them that started at once
-- column: free_queue_s | geometric mean of their queue times
-- column: loss_s | seconds beyond free_queue_s that the job waited
-- column: confidence_ratio | 0.8 where its data are known to be local, else 0.5
with hot_sites as (
    select
        day,
        site,
        tier_level,
        first_made_at,
        last_made_at,
        cast(floor(epoch(first_made_at) / 3600) as bigint) as first_hour,
        cast(floor((epoch(last_made_at) + typical_queue_s) / 3600) as bigint) as last_hour
    from mart.hot_sites(
        $window_start,
        $window_end,
        population := $population,
        with_resource_type := $with_resource_type
    )
),

hours as (
    select
        site,
        tier_level,
        cast(floor(epoch(creationtime) / 3600) as bigint) as hour,
        count(*) as jobs,
        count(case when queue_s <= cast($prompt_s as bigint) then 1 end) as prompt_jobs,
        sum(ln(greatest(queue_s, 1))) as log_sum
    from core.jobs
    where job_day >= $window_start and job_day < $window_end
        and ($population = 'all' or is_user_job = ($population = 'user'))
        and ($with_resource_type = 'all' or resource_type = $with_resource_type)
        and site is not null
        and queue_s >= 0
    group by site, tier_level, cast(floor(epoch(creationtime) / 3600) as bigint)
),

sites_meanwhile as (
    select
        hot_sites.day,
        hot_sites.site,
        hours.site as free_site,
        cast(sum(hours.jobs) as bigint) as free_jobs,
        cast(sum(hours.prompt_jobs) as bigint) as prompt_jobs,
        exp(sum(hours.log_sum) / sum(hours.jobs)) as free_queue_s
    from hot_sites
    join hours
        on hours.tier_level = hot_sites.tier_level
        and hours.hour >= hot_sites.first_hour
        and hours.hour <= hot_sites.last_hour
    where hours.site <> hot_sites.site
    group by hot_sites.day, hot_sites.site, hours.site
),

free_sites as (
    select
        sites_meanwhile.*,
        row_number() over (
            partition by day, site order by prompt_jobs desc, free_site
        ) as place
    from sites_meanwhile
    where free_jobs >= cast($least_jobs as bigint)
        and prompt_jobs >= cast($least_prompt_ratio as double) * free_jobs
),

chosen_jobs as (
    select *
    from core.jobs
    where $chosen_jobs
        and queue_s >= cast($least_queue_s as bigint)
        and ninputdatafiles > 0
),

localities as (
    select
        times.job_day,
        times.pandaid,
        times.locality
    from mart.job_transfer_times as times
    where times.job_day >= $window_start and times.job_day < $window_end
        and times.method = $method
)

select
    chosen_jobs.job_day,
    chosen_jobs.pandaid,
    chosen_jobs.jeditaskid,
    chosen_jobs.site,
    chosen_jobs.computingsite,
    chosen_jobs.tier_level,
    chosen_jobs.queue_s,
    localities.locality is not null as is_matched_local,
    free_sites.free_site,
    free_sites.free_jobs,
    free_sites.prompt_jobs / free_sites.free_jobs as prompt_ratio,
    free_sites.free_queue_s,
    greatest(cast(round(chosen_jobs.queue_s - free_sites.free_queue_s) as bigint), 0) as loss_s,
    cast(case when localities.locality is null then 0.5 else 0.8 end as double)
        as confidence_ratio
from chosen_jobs
join hot_sites
    on hot_sites.site = chosen_jobs.site
    and chosen_jobs.creationtime >= hot_sites.first_made_at
    and chosen_jobs.creationtime <= hot_sites.last_made_at
join free_sites
    on free_sites.day = hot_sites.day
    and free_sites.site = hot_sites.site
    and free_sites.place = 1
left join localities
    on localities.job_day = chosen_jobs.job_day and localities.pandaid = chosen_jobs.pandaid
where coalesce(localities.locality, 'local') = 'local'

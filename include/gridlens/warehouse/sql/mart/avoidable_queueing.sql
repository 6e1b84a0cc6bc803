-- Jobs that waited at the site of their data while a site like it was free: the price of strict
-- data locality that the data-management paper names (sec. 3.1 and 5.3). The job was made in a hot
-- spell of its site (mart.hot_spells), so that it waited for the site and not for a turn of its own,
-- and it reads input. While the spell's jobs waited, which is from the first being made to the
-- typical wait after the last, a site of the same tier started most of the jobs that were made for it
-- at once; where several did, the one with the most such jobs is named.
-- Its data were local if its matched transfers are; without any they are taken to be, for PanDA
-- sends jobs to their data (sec. 5.1). Jobs with remote transfers are left out.
-- Of a spell no more jobs count than the free site started at once, those that waited longest first:
-- it is not known to have had room for more. Two spells may name one free site, each up to its bound.
-- An hour: more than what staging elsewhere takes. At once is ten minutes, most the paper's 75 %;
-- ten jobs, so that no handful stands for a site.
-- grain: job_day, pandaid
-- reads: core.jobs, mart.job_transfer_times, mart.hot_spells
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
-- column: prompt_jobs | of these, jobs that started at once: the most that count of a spell
-- column: prompt_ratio | prompt_jobs over free_jobs
-- column: free_queue_s | geometric mean of their queue times
-- column: loss_s | seconds beyond free_queue_s that the job waited
-- column: confidence_ratio | 0.8 where its data are known to be local, else 0.5
with hot_spells as (
    select
        day,
        spell,
        site,
        tier_level,
        first_made_at,
        last_made_at,
        cast(floor(epoch(first_made_at) / 3600) as bigint) as first_hour,
        cast(floor((epoch(last_made_at) + typical_queue_s) / 3600) as bigint) as last_hour
    from mart.hot_spells(
        $window_start,
        $window_end,
        population := $population,
        with_resource_type := $with_resource_type
    )
),

-- of all places: what counts at one must not change with the places that are asked for
jobs as (
    select *
    from core.jobs
    where job_day >= $window_start and job_day < $window_end
        and ($population = 'all' or is_user_job = ($population = 'user'))
        and ($with_resource_type = 'all' or resource_type = $with_resource_type)
        and site is not null
        and queue_s >= 0
),

hours as (
    select
        site,
        tier_level,
        cast(floor(epoch(creationtime) / 3600) as bigint) as hour,
        count(*) as jobs,
        count(case when queue_s <= cast($prompt_s as bigint) then 1 end) as prompt_jobs,
        sum(ln(greatest(queue_s, 1))) as log_sum
    from jobs
    group by site, tier_level, cast(floor(epoch(creationtime) / 3600) as bigint)
),

sites_meanwhile as (
    select
        hot_spells.day,
        hot_spells.spell,
        hot_spells.site,
        hours.site as free_site,
        cast(sum(hours.jobs) as bigint) as free_jobs,
        cast(sum(hours.prompt_jobs) as bigint) as prompt_jobs,
        exp(sum(hours.log_sum) / sum(hours.jobs)) as free_queue_s
    from hot_spells
    join hours
        on hours.tier_level = hot_spells.tier_level
        and hours.hour >= hot_spells.first_hour
        and hours.hour <= hot_spells.last_hour
    where hours.site <> hot_spells.site
    group by hot_spells.day, hot_spells.spell, hot_spells.site, hours.site
),

free_sites as (
    select
        sites_meanwhile.*,
        row_number() over (
            partition by day, spell, site order by prompt_jobs desc, free_site
        ) as place
    from sites_meanwhile
    where free_jobs >= cast($least_jobs as bigint)
        and prompt_jobs >= cast($least_prompt_ratio as double) * free_jobs
),

localities as (
    select
        times.job_day,
        times.pandaid,
        times.locality
    from mart.job_transfer_times as times
    where times.job_day >= $window_start and times.job_day < $window_end
        and times.method = $method
),

waiting_jobs as (
    select
        jobs.*,
        localities.locality is not null as is_matched_local,
        free_sites.free_site,
        free_sites.free_jobs,
        free_sites.prompt_jobs,
        free_sites.free_queue_s,
        row_number() over (
            partition by hot_spells.day, hot_spells.spell, hot_spells.site
            order by jobs.queue_s desc, jobs.pandaid
        ) as place
    from jobs
    join hot_spells
        on hot_spells.site = jobs.site
        and jobs.creationtime >= hot_spells.first_made_at
        and jobs.creationtime <= hot_spells.last_made_at
    join free_sites
        on free_sites.day = hot_spells.day
        and free_sites.spell = hot_spells.spell
        and free_sites.site = hot_spells.site
        and free_sites.place = 1
    left join localities
        on localities.job_day = jobs.job_day and localities.pandaid = jobs.pandaid
    where coalesce(localities.locality, 'local') = 'local'
        and jobs.queue_s >= cast($least_queue_s as bigint)
        and jobs.ninputdatafiles > 0
)

select
    job_day,
    pandaid,
    jeditaskid,
    site,
    computingsite,
    tier_level,
    queue_s,
    is_matched_local,
    free_site,
    free_jobs,
    prompt_jobs,
    prompt_jobs / free_jobs as prompt_ratio,
    free_queue_s,
    greatest(cast(round(queue_s - free_queue_s) as bigint), 0) as loss_s,
    cast(case when is_matched_local then 0.8 else 0.5 end as double) as confidence_ratio
from waiting_jobs
where $chosen_jobs and place <= prompt_jobs

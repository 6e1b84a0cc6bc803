-- Hours in which the jobs that were made at a site waited far longer than elsewhere
-- (data-management paper, sec. 3.2 and 5.3). Jobs made within a spell of some hours are compared with
-- all jobs of the window, by the logarithm of their queue time. Jobs that were made before the
-- window, or did not start, are left out.
-- A spell is hot if its typical job, the geometric mean, waited longer than the paper's 75 % of the
-- grid's jobs would (0.6745 standard deviations of the logarithm above the mean), and five standard
-- errors longer, so that it is no chance even among many thousands of spells. Ten minutes at least:
-- a job that starts sooner is one that starts at once (mart.avoidable_queueing).
-- grain: day, site, spell
-- reads: core.jobs
-- filters: jobs
-- argument: spell_h = '3' | hours that are looked at together
-- argument: least_deviations = '0.6745' | standard deviations above the grid's mean
-- argument: least_errors = '5' | standard errors above it
-- argument: least_jobs = '10' | jobs of the spell
-- argument: least_s = '600' | seconds that the spell's typical job waited
-- column: day | UTC day on which the jobs were made
-- column: site | ATLAS site
-- column: spell | number of the spell, counted since 1970
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: jobs | jobs that were made in it
-- column: first_made_at | when the first of them was made
-- column: last_made_at | when the last of them was made
-- column: last_started_at | when the last of them started
-- column: typical_queue_s | geometric mean of their queue times
-- column: grid_queue_s | that of all jobs of the window, with the same population and resource type
-- column: max_queue_s | longest queue time of theirs
with grid as (
    select
        avg(ln(greatest(queue_s, 1))) as log_mean,
        stddev_pop(ln(greatest(queue_s, 1))) as log_deviation
    from core.jobs
    where job_day >= $window_start and job_day < $window_end
        and ($population = 'all' or is_user_job = ($population = 'user'))
        and ($with_resource_type = 'all' or resource_type = $with_resource_type)
        and queue_s >= 0
),

spells as (
    select
        cast(creationtime as date) as day,
        cast(floor(epoch(creationtime) / (3600 * cast($spell_h as double))) as bigint) as spell,
        site,
        min(site_cloud) as site_cloud,
        min(tier_level) as tier_level,
        count(*) as jobs,
        min(creationtime) as first_made_at,
        max(creationtime) as last_made_at,
        max(starttime) as last_started_at,
        avg(ln(greatest(queue_s, 1))) as log_mean,
        max(queue_s) as max_queue_s
    from core.jobs
    where $chosen_jobs
        and site is not null
        and queue_s >= 0
        and creationtime >= $window_start
    group by
        cast(creationtime as date),
        cast(floor(epoch(creationtime) / (3600 * cast($spell_h as double))) as bigint),
        site
)

select
    spells.day,
    spells.site,
    spells.spell,
    spells.site_cloud,
    spells.tier_level,
    spells.jobs,
    spells.first_made_at,
    spells.last_made_at,
    spells.last_started_at,
    exp(spells.log_mean) as typical_queue_s,
    exp(grid.log_mean) as grid_queue_s,
    spells.max_queue_s
from spells
cross join grid
where spells.jobs >= cast($least_jobs as bigint)
    and exp(spells.log_mean) >= cast($least_s as double)
    and spells.log_mean - grid.log_mean
    >= cast($least_deviations as double) * grid.log_deviation
    and (spells.log_mean - grid.log_mean) * sqrt(spells.jobs)
    >= cast($least_errors as double) * grid.log_deviation
    and grid.log_deviation > 0

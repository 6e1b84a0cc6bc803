-- Sites at which jobs that were made in some hours waited far longer than elsewhere: hot spots
-- (data-management paper, sec. 3.2 and 5.3). Jobs made within a spell of some hours are compared
-- with all jobs of the window, by the logarithm of their queue time; a site is hot on a day if one
-- of its spells is. Jobs that were made before the window, or did not start, are left out.
-- A spell is hot if its typical job, the geometric mean, waited longer than the paper's 75 % of the
-- grid's jobs would (0.6745 standard deviations of the logarithm above the mean), and five standard
-- errors longer, so that it is no chance even among many thousands of spells.
-- grain: day, site
-- reads: core.jobs
-- filters: jobs
-- argument: spell_h = '3' | hours that are looked at together
-- argument: least_deviations = '0.6745' | standard deviations above the grid's mean
-- argument: least_errors = '5' | standard errors above it
-- argument: least_jobs = '10' | jobs of the spell
-- column: day | UTC day on which the jobs were made
-- column: site | ATLAS site
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: spells | hot spells of the day
-- column: jobs | jobs that were made in them
-- column: first_made_at | when the first of them was made
-- column: last_made_at | when the last of them was made
-- column: last_started_at | when the last of them started
-- column: typical_queue_s | geometric mean of their queue times
-- column: grid_queue_s | that of all jobs of the window, with the same population and resource type
-- column: slowdown | typical over the grid's
-- column: max_queue_s | longest queue time of theirs
-- column: loss_s | seconds that they waited beyond the grid's typical queue time
-- column: confidence_ratio | jobs over jobs and ten: half sure of the fewest, more of many
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
        sum(ln(greatest(queue_s, 1))) as log_sum,
        cast(sum(queue_s) as bigint) as queue_s,
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
),

hot_spells as (
    select
        spells.*,
        exp(grid.log_mean) as grid_queue_s
    from spells
    cross join grid
    where spells.jobs >= cast($least_jobs as bigint)
        and spells.log_sum / spells.jobs - grid.log_mean
        >= cast($least_deviations as double) * grid.log_deviation
        and (spells.log_sum / spells.jobs - grid.log_mean) * sqrt(spells.jobs)
        >= cast($least_errors as double) * grid.log_deviation
        and grid.log_deviation > 0
)

select
    day,
    site,
    min(site_cloud) as site_cloud,
    min(tier_level) as tier_level,
    count(*) as spells,
    cast(sum(jobs) as bigint) as jobs,
    min(first_made_at) as first_made_at,
    max(last_made_at) as last_made_at,
    max(last_started_at) as last_started_at,
    exp(sum(log_sum) / sum(jobs)) as typical_queue_s,
    min(grid_queue_s) as grid_queue_s,
    exp(sum(log_sum) / sum(jobs)) / min(grid_queue_s) as slowdown,
    max(max_queue_s) as max_queue_s,
    cast(round(sum(greatest(queue_s - jobs * grid_queue_s, 0))) as bigint) as loss_s,
    sum(jobs) / (sum(jobs) + 10) as confidence_ratio
from hot_spells
group by day, site

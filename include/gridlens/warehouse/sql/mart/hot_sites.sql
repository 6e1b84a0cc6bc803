-- Sites at which jobs that were made in some hours waited far longer than elsewhere: hot spots
-- (data-management paper, sec. 3.2 and 5.3). A site is hot on a day if one of its spells is: the
-- rule stands at mart.hot_spells.
-- The loss is held against the grid's typical job, and so is told of the typical job, too: queue
-- times have a long tail, and the sum of them less geometric means would count that as lost.
-- grain: day, site
-- reads: mart.hot_spells
-- filters: jobs
-- argument: spell_h = '3' | hours that are looked at together
-- argument: least_deviations = '0.6745' | standard deviations above the grid's mean
-- argument: least_errors = '5' | standard errors above it
-- argument: least_jobs = '10' | jobs of the spell
-- argument: least_s = '600' | seconds that the spell's typical job waited
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
-- column: loss_s | jobs times the seconds that the typical one waited beyond the grid's
-- column: confidence_ratio | jobs over jobs and ten: half sure of the fewest, more of many
with days as (
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
        exp(sum(jobs * ln(typical_queue_s)) / sum(jobs)) as typical_queue_s,
        min(grid_queue_s) as grid_queue_s,
        max(max_queue_s) as max_queue_s
    from mart.hot_spells(
        $same_jobs,
        spell_h := $spell_h,
        least_deviations := $least_deviations,
        least_errors := $least_errors,
        least_jobs := $least_jobs,
        least_s := $least_s
    )
    group by day, site
)

select
    day,
    site,
    site_cloud,
    tier_level,
    spells,
    jobs,
    first_made_at,
    last_made_at,
    last_started_at,
    typical_queue_s,
    grid_queue_s,
    typical_queue_s / grid_queue_s as slowdown,
    max_queue_s,
    cast(round(jobs * (typical_queue_s - grid_queue_s)) as bigint) as loss_s,
    jobs / (jobs + 10) as confidence_ratio
from days

-- Sites that the day's queues or storage elements stand at. Where the queues of a site disagree,
-- the lowest tier and the first name count; storage elements fill in what no queue says.
-- grain: dump_day, site
-- reads: core.queues, core.rses
-- day: dump_day
-- column: dump_day | UTC day for which the map holds
-- column: site | ATLAS site
-- column: tier_level | tier, 0 to 3
-- column: country | country
-- column: cloud | cloud
-- fail: site is not null
with mentions as (
    select
        site,
        tier_level as queue_tier_level,
        country as queue_country,
        cloud as queue_cloud,
        cast(null as bigint) as rse_tier_level,
        cast(null as varchar) as rse_country,
        cast(null as varchar) as rse_cloud
    from core.queues
    union all
    select
        site,
        null,
        null,
        null,
        tier_level,
        country,
        cloud
    from core.rses
)

select
    cast($day as date) as dump_day,
    site,
    coalesce(min(queue_tier_level), min(rse_tier_level)) as tier_level,
    coalesce(min(queue_country), min(rse_country)) as country,
    coalesce(min(queue_cloud), min(rse_cloud)) as cloud
from mentions
where site is not null
group by site

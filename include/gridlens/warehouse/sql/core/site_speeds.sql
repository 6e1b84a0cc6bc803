-- How fast a core of each site is. CRIC dates the power of a queue's cores in HS06; a site's is the
-- mean over its queues that tell it. Its GFLOP/s come from sql/lists/site_speeds.csv: a number for
-- the site where there is one, else the list's GFLOP/s for each HS06, which is a convention.
-- grain: dump_day, site
-- reads: core.sites, core.queues
-- day: dump_day
-- column: dump_day | UTC day for which the speed holds
-- column: site | ATLAS site
-- column: hs06_per_core | mean core power of its queues, in HS06; NULL where none tells it
-- column: gflops_per_core | GFLOP/s of a core; NULL where neither the list nor CRIC says
-- column: source | where gflops_per_core comes from; NULL where it is unknown
-- fail: site is not null
-- warn: coalesce(gflops_per_core > 0, true)
with powers as (
    -- rounded: the order in which queues are added up must not be seen
    select
        site,
        round(avg(corepower), 3) as hs06_per_core
    from core.queues
    where corepower > 0
    group by site
),

ranked_speeds as (
    select
        sites.site,
        powers.hs06_per_core,
        cast(
            coalesce(
                site_speeds.gflops_per_core, site_speeds.gflops_per_hs06 * powers.hs06_per_core
            ) as double
        ) as gflops_per_core,
        site_speeds.source,
        row_number() over (
            partition by sites.site
            order by
                case when site_speeds.site = '*' then 1 else 0 end,
                cast(site_speeds.valid_from as date) desc
        ) as place
    from core.sites as sites
    left join powers on powers.site = sites.site
    left join $listed_site_speeds
        on site_speeds.site in (sites.site, '*')
        and cast(site_speeds.valid_from as date) <= $day
)

select
    cast($day as date) as dump_day,
    site,
    hs06_per_core,
    gflops_per_core,
    case when gflops_per_core is not null then source end as source
from ranked_speeds
where place = 1

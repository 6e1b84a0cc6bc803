-- Other names of sites: those that people recorded, with the days between which they hold, and
-- those that the dump of the day gives. A name that is itself a site is never another's alias,
-- and a dump's name that could mean two sites means none.
-- grain: dump_day, alias, valid_from, source
-- reads: raw.site_aliases, core.queues, core.rses, core.sites
-- day: dump_day
-- like: site_aliases
-- column: dump_day | UTC day for which the map holds
-- fail: alias is not null
-- fail: site is not null
with dump_names as (
    select rc_site as alias, site, 'queues.rc_site' as source from core.queues
    union
    select panda_site, site, 'queues.panda_site' from core.queues
    union
    -- records hold storage elements in the site field too (contracts of MONIT and of the traces)
    select rse, site, 'rses.rse' from core.rses
    union
    select rc_site, site, 'rses.rc_site' from core.rses
),

clear_names as (
    select alias
    from dump_names
    where alias is not null and site is not null
    group by alias
    having count(distinct site) = 1
),

names as (
    select alias, site, source, valid_from, valid_to, quality_flags
    from raw.site_aliases
    union all
    select
        dump_names.alias,
        dump_names.site,
        dump_names.source,
        cast(null as date),
        cast(null as date),
        cast([] as varchar[])
    from dump_names
    join clear_names on clear_names.alias = dump_names.alias
    where dump_names.site is not null
)

select
    cast($day as date) as dump_day,
    names.*
from names
where names.alias not in (select sites.site from core.sites as sites)

-- Power of each site against its cores (introspective paper, Fig. 2b). Cores are the most that its
-- jobs held at one time on a day of the window, since no record says how many a site has; the
-- speed of a core is that of the last day that tells it. A site stands out where its GFLOP/s a
-- core exceed the median by the factor asked for. The median is over all sites, whichever are
-- chosen. Cores are counted by site, so that no queue or resource type can be chosen.
-- grain: site
-- reads: mart.site_cores, core.site_speeds, core.sites
-- filters: sites
-- argument: outlier_factor = '1.25' | a site stands out above so many times the median speed of a
--    core
-- column: site | ATLAS site
-- column: cores | most cores that its jobs held at one time
-- column: cores_source | how cores is known
-- column: gflops_per_core | GFLOP/s of a core; NULL where unknown
-- column: speed_source | where gflops_per_core comes from
-- column: gflops | cores times gflops_per_core, in GFLOP/s
-- column: median_gflops_per_core | median over the sites; the lower one of two
-- column: is_outlier | gflops_per_core exceeds the median by more than the factor
with peaks as (
    select
        site,
        max(peak_cores) as cores
    from mart.site_cores
    where job_day >= $window_start and job_day < $window_end
    group by site
),

ranked_speeds as (
    select
        site,
        gflops_per_core,
        source,
        row_number() over (partition by site order by dump_day desc) as place
    from core.site_speeds
    where dump_day >= $window_start and dump_day < $window_end and gflops_per_core is not null
),

powers as (
    select
        peaks.site,
        peaks.cores,
        speeds.gflops_per_core,
        speeds.source,
        count(speeds.gflops_per_core) over () as known_sites,
        row_number() over (order by speeds.gflops_per_core nulls last, peaks.site) as place
    from peaks
    left join ranked_speeds as speeds on speeds.site = peaks.site and speeds.place = 1
),

medians as (
    select min(gflops_per_core) as median_gflops_per_core
    from powers
    where 2 * place >= known_sites
)

select
    powers.site,
    powers.cores,
    'most cores held at one time by jobs that ended on a day' as cores_source,
    powers.gflops_per_core,
    powers.source as speed_source,
    powers.cores * powers.gflops_per_core as gflops,
    medians.median_gflops_per_core,
    coalesce(
        powers.gflops_per_core
        > cast($outlier_factor as double) * medians.median_gflops_per_core,
        false
    ) as is_outlier
from powers
cross join medians
where $chosen_sites
order by powers.site

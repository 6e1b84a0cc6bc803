-- Core-hours that failed jobs of the window took, by their combination of error codes
-- (introspective paper, Fig. 6b): wall time times cores. Unlike in mart.error_shares, a job is in
-- one row. Jobs that never ran waste nothing; closed and cancelled jobs have not failed.
-- grain: combination
-- reads: core.jobs, mart.daily_jobs
-- filters: jobs
-- argument: threshold_percent = '0' | combinations with less of the wasted core-hours are folded
-- column: position | order of the rows: most core-hours first, 'Others' last
-- column: combination | component:code of each code, joined by '+'; 'no code'; 'Others'
-- column: acronym | name of the first code of the combination; NULL where the list has none
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: combinations | combinations of the row: 1, but for 'Others'
-- column: jobs | failed jobs
-- column: wasted_core_h | their wall time times cores, in core-hours
-- column: wasted_ratio | share of the core-hours of all failed jobs; NULL where there are none
-- column: of_core_hours_ratio | share of the core-hours of all jobs, however they ended
with failures as (
    select
        piloterrorcode,
        exeerrorcode,
        superrorcode,
        ddmerrorcode,
        brokerageerrorcode,
        jobdispatchererrorcode,
        taskbuffererrorcode,
        count(*) as jobs,
        coalesce(sum(case when wall_s >= 0 then wall_s * cores end), 0) as wall_core_s
    from core.jobs
    where $chosen_jobs
        and jobstatus = 'failed'
    group by
        piloterrorcode,
        exeerrorcode,
        superrorcode,
        ddmerrorcode,
        brokerageerrorcode,
        jobdispatchererrorcode,
        taskbuffererrorcode
),

named_failures as (
    select
        concat_ws(
            '+',
            case when piloterrorcode <> 0 then concat('pilot:', piloterrorcode) end,
            case when exeerrorcode <> 0 then concat('exe:', exeerrorcode) end,
            case when superrorcode <> 0 then concat('sup:', superrorcode) end,
            case when ddmerrorcode <> 0 then concat('ddm:', ddmerrorcode) end,
            case when brokerageerrorcode <> 0 then concat('brokerage:', brokerageerrorcode) end,
            case
                when jobdispatchererrorcode <> 0
                    then concat('jobdispatcher:', jobdispatchererrorcode)
            end,
            case when taskbuffererrorcode <> 0 then concat('taskbuffer:', taskbuffererrorcode) end
        ) as codes,
        jobs,
        wall_core_s
    from failures
),

sums as (
    select
        coalesce(nullif(codes, ''), 'no code') as combination,
        sum(jobs) as jobs,
        sum(wall_core_s) as wall_core_s
    from named_failures
    group by coalesce(nullif(codes, ''), 'no code')
),

shares as (
    select
        *,
        sum(wall_core_s) over () as all_core_s
    from sums
),

marked_shares as (
    select
        *,
        100 * wall_core_s >= cast($threshold_percent as double) * all_core_s as is_shown
    from shares
),

folded_shares as (
    select
        case when is_shown then combination else 'Others' end as combination,
        all_core_s,
        count(*) as combinations,
        cast(sum(jobs) as bigint) as jobs,
        sum(wall_core_s) as wall_core_s
    from marked_shares
    group by case when is_shown then combination else 'Others' end, all_core_s
),

totals as (
    select sum(wall_core_s) as used_core_s
    from mart.daily_jobs
    where $chosen_jobs
)

select
    row_number() over (
        order by
            case when folded_shares.combination = 'Others' then 1 else 0 end,
            folded_shares.wall_core_s desc,
            folded_shares.combination
    ) as position,
    folded_shares.combination,
    error_codes.acronym,
    $population as population,
    folded_shares.combinations,
    folded_shares.jobs,
    cast(folded_shares.wall_core_s as double) / 3600 as wasted_core_h,
    folded_shares.wall_core_s / nullif(folded_shares.all_core_s, 0) as wasted_ratio,
    folded_shares.wall_core_s / nullif(totals.used_core_s, 0) as of_core_hours_ratio
from folded_shares
cross join totals
left join $listed_error_codes
    on concat(error_codes.component, ':', error_codes.code)
    = split_part(folded_shares.combination, '+', 1)
order by position

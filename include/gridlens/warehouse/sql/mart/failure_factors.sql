-- Which failures go with which site, input size or user group (introspective paper, sec. 4.3,
-- future work). Of the jobs that finished or failed: how much more often those with a factor's
-- value fail in a mode than all of them do. The interval is Wilson's for the rate, over the overall
-- rate, which is taken as known. Of many rows that mean nothing, one in twenty still lies wholly
-- beside 1 where z is 1.96 (95 %), one in a thousand where it is 3.29, and jobs of a task fail
-- together: a row is a hint where to look, not a proof. A job with several error codes fails in
-- each of these modes.
-- grain: failure_mode, factor, value
-- reads: mart.job_factors, mart.job_errors
-- filters: jobs
-- argument: min_jobs = '30' | fewest jobs of a value, or pair of values, that make a row
-- argument: z = '1.96' | width of the interval, in standard deviations to each side
-- column: failure_mode | 'any failure', or component and code: 'pilot 1305'
-- column: factor | site, size_bin, user_group, or two of them: 'site and size_bin'
-- column: value | value of the factor; of two: 'BNL-ATLAS and 3 to 10 GB'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs with the value that finished or failed
-- column: failed_jobs | of these, jobs that failed in this mode
-- column: failed_ratio | failed_jobs over jobs
-- column: overall_ratio | the same over all jobs
-- column: lift | failed_ratio over overall_ratio; 1: as often as all
-- column: lift_low | lower end of its interval
-- column: lift_high | upper end of its interval
-- column: is_apart | the interval does not hold 1
with chosen_jobs as (
    select
        job_day,
        pandaid,
        is_failed,
        coalesce(site, 'UNKNOWN') as site,
        size_bin,
        user_group
    from mart.job_factors
    where $chosen_jobs
        and is_failed is not null
),

failures as (
    select
        job_day,
        pandaid,
        concat(component, ' ', cast(code as varchar)) as failure_mode
    from mart.job_errors
    where $chosen_jobs
    union all
    select
        job_day,
        pandaid,
        'any failure'
    from chosen_jobs
    where is_failed
),

-- few cells are left of many jobs, and all that follows is sums of them
cells as (
    select
        site,
        size_bin,
        user_group,
        count(*) as jobs
    from chosen_jobs
    group by site, size_bin, user_group
),

failed_cells as (
    select
        failures.failure_mode,
        chosen_jobs.site,
        chosen_jobs.size_bin,
        chosen_jobs.user_group,
        count(*) as failed_jobs
    from failures
    join chosen_jobs
        on chosen_jobs.pandaid = failures.pandaid and chosen_jobs.job_day = failures.job_day
    group by
        failures.failure_mode,
        chosen_jobs.site,
        chosen_jobs.size_bin,
        chosen_jobs.user_group
),

factors as (
    select *
    from (
        values
        ('site'),
        ('size_bin'),
        ('user_group'),
        ('site and size_bin'),
        ('site and user_group'),
        ('size_bin and user_group')
    ) as named (factor)
),

valued_cells as (
    select
        factors.factor,
        case factors.factor
            when 'site' then cells.site
            when 'size_bin' then cells.size_bin
            when 'user_group' then cells.user_group
            when 'site and size_bin' then concat(cells.site, ' and ', cells.size_bin)
            when 'site and user_group' then concat(cells.site, ' and ', cells.user_group)
            else concat(cells.size_bin, ' and ', cells.user_group)
        end as value,
        cells.site,
        cells.size_bin,
        cells.user_group,
        cells.jobs
    from cells
    cross join factors
),

values_met as (
    select
        factor,
        value,
        cast(sum(jobs) as bigint) as jobs
    from valued_cells
    group by factor, value
),

values_failed as (
    select
        failed_cells.failure_mode,
        valued_cells.factor,
        valued_cells.value,
        cast(sum(failed_cells.failed_jobs) as bigint) as failed_jobs
    from failed_cells
    join valued_cells
        on valued_cells.site = failed_cells.site
        and valued_cells.size_bin = failed_cells.size_bin
        and valued_cells.user_group = failed_cells.user_group
    group by failed_cells.failure_mode, valued_cells.factor, valued_cells.value
),

totals as (
    select
        failed_cells.failure_mode,
        cast(sum(failed_cells.failed_jobs) as bigint)
        / (select cast(sum(cells.jobs) as bigint) from cells) as overall_ratio
    from failed_cells
    group by failed_cells.failure_mode
),

rates as (
    select
        totals.failure_mode,
        values_met.factor,
        values_met.value,
        values_met.jobs,
        coalesce(values_failed.failed_jobs, 0) as failed_jobs,
        coalesce(values_failed.failed_jobs, 0) / values_met.jobs as failed_ratio,
        totals.overall_ratio,
        cast($z as double) * cast($z as double) / values_met.jobs as z2_n
    from values_met
    cross join totals
    left join values_failed
        on values_failed.failure_mode = totals.failure_mode
        and values_failed.factor = values_met.factor
        and values_failed.value = values_met.value
    where values_met.jobs >= cast($min_jobs as bigint)
),

intervals as (
    select
        rates.*,
        (failed_ratio + z2_n / 2) / (1 + z2_n) as middle,
        sqrt(z2_n * (failed_ratio * (1 - failed_ratio) + z2_n / 4)) / (1 + z2_n) as half_width
    from rates
)

select
    failure_mode,
    factor,
    value,
    $population as population,
    jobs,
    failed_jobs,
    failed_ratio,
    overall_ratio,
    failed_ratio / overall_ratio as lift,
    greatest(middle - half_width, 0) / overall_ratio as lift_low,
    least(middle + half_width, 1) / overall_ratio as lift_high,
    not overall_ratio between middle - half_width and middle + half_width as is_apart
from intervals
order by failure_mode, factor, value

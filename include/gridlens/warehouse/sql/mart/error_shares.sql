-- Error codes of the jobs of the window that failed (introspective paper, Fig. 5). A job with
-- several codes counts in each, so that the shares add up to more than 1: the paper's 117 %. Codes
-- whose share lies below the threshold are one row, 'Others'. Closed and cancelled jobs have not
-- failed.
-- grain: position
-- reads: mart.job_errors, mart.daily_jobs
-- filters: jobs
-- argument: threshold_percent = '1' | codes of fewer of the failed jobs are folded
-- column: position | order of the rows: most jobs first, 'Others' last
-- column: component | pilot, exe, sup, ddm, brokerage, jobdispatcher, taskbuffer or 'Others'
-- column: code | error code; NULL for 'Others'
-- column: acronym | its name in the component's code; NULL where the list has none
-- column: meaning | what it says; NULL where the list has none
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: codes | codes of the row: 1, but for 'Others'
-- column: jobs | failed jobs with the code; 'Others': the sum over its codes
-- column: jobs_ratio | jobs over failed_jobs
-- column: failed_jobs | all failed jobs; the same in every row, as are the rest
-- column: uncoded_jobs | of these, jobs without any code
-- column: multi_error_jobs | of these, jobs with more than one code
-- column: sum_ratio | sum of jobs_ratio over all rows
with chosen_errors as (
    select
        component,
        code,
        job_codes,
        is_first
    from mart.job_errors
    where $chosen_jobs
),

failures as (
    select cast(coalesce(sum(jobs), 0) as bigint) as failed_jobs
    from mart.daily_jobs
    where $chosen_jobs
        and jobstatus = 'failed'
),

totals as (
    select
        failures.failed_jobs,
        count(case when chosen_errors.is_first then 1 end) as coded_jobs,
        count(case when chosen_errors.is_first and chosen_errors.job_codes > 1 then 1 end)
            as multi_error_jobs,
        count(chosen_errors.code) as all_codes
    from failures
    left join chosen_errors on chosen_errors.code is not null
    group by failures.failed_jobs
),

counts as (
    select
        chosen_errors.component,
        chosen_errors.code,
        totals.failed_jobs,
        count(*) as jobs
    from chosen_errors
    cross join totals
    group by chosen_errors.component, chosen_errors.code, totals.failed_jobs
),

marked_counts as (
    select
        *,
        100 * jobs >= cast($threshold_percent as double) * failed_jobs as is_shown
    from counts
),

folded_counts as (
    select
        case when is_shown then component else 'Others' end as component,
        case when is_shown then code end as code,
        count(*) as codes,
        cast(sum(jobs) as bigint) as jobs
    from marked_counts
    group by case when is_shown then component else 'Others' end, case when is_shown then code end
)

select
    row_number() over (
        order by
            case when folded_counts.component = 'Others' then 1 else 0 end,
            folded_counts.jobs desc,
            folded_counts.component,
            folded_counts.code
    ) as position,
    folded_counts.component,
    folded_counts.code,
    error_codes.acronym,
    error_codes.meaning,
    $population as population,
    folded_counts.codes,
    folded_counts.jobs,
    folded_counts.jobs / nullif(totals.failed_jobs, 0) as jobs_ratio,
    totals.failed_jobs,
    totals.failed_jobs - totals.coded_jobs as uncoded_jobs,
    totals.multi_error_jobs,
    totals.all_codes / nullif(totals.failed_jobs, 0) as sum_ratio
from folded_counts
cross join totals
left join $listed_error_codes
    on error_codes.component = folded_counts.component and error_codes.code = folded_counts.code
order by position

-- How likely jobs are to fail, by what is known before they start: site, size of the input,
-- working group, processing type and cores asked for. A naive Bayes model with Laplace smoothing
-- (one count more for every value, and for one value never seen) learns from the jobs that ended
-- before the split, and predicts those that were made after it; of a task that has jobs before
-- the split, none is predicted, and jobs without a task are in neither part. The overall rate and
-- the rate of the site alone, smoothed alike, stand beside it as what it has to beat. Jobs that
-- neither finished nor failed are left out. A queue may change after the job was made: the last
-- one is used.
-- grain: model, site, size_bin, workinggroup, processingtype, corecount
-- reads: mart.job_factors
-- filters: jobs
-- argument: train_share = '0.7' | part of the window, from its beginning, that is learnt from
-- column: model | naive Bayes, site rate or overall rate
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: site | ATLAS site, or 'UNKNOWN'
-- column: size_bin | bin of the sum of the job's input files
-- column: workinggroup | working group, else 'none'
-- column: processingtype | kind of processing, else 'none'
-- column: corecount | cores asked for, else 1
-- column: predicted_ratio | predicted probability of failure, to nine places
-- column: jobs | jobs that are predicted
-- column: failed_jobs | of these, jobs that failed
-- column: train_jobs | jobs that were learnt from, of all kinds
-- column: train_failed_jobs | of these, jobs that failed
with splits as (
    select
        epoch(cast($window_start as timestamp)) + cast($train_share as double) * (
            epoch(cast($window_end as timestamp)) - epoch(cast($window_start as timestamp))
        ) as split_s
),

split_jobs as (
    select
        jeditaskid,
        is_failed,
        coalesce(site, 'UNKNOWN') as site,
        size_bin,
        workinggroup,
        processingtype,
        corecount,
        epoch(endtime) < splits.split_s as is_before,
        epoch(creationtime) >= splits.split_s as is_after
    from mart.job_factors
    cross join splits
    where $chosen_jobs
        and is_failed is not null
        and jeditaskid is not null
),

train_cells as (
    select
        site,
        size_bin,
        workinggroup,
        processingtype,
        corecount,
        count(*) as jobs,
        count(case when is_failed then 1 end) as failed_jobs
    from split_jobs
    where is_before
    group by site, size_bin, workinggroup, processingtype, corecount
),

test_cells as (
    select
        site,
        size_bin,
        workinggroup,
        processingtype,
        corecount,
        count(*) as jobs,
        count(case when is_failed then 1 end) as failed_jobs
    from split_jobs
    where is_after
        and jeditaskid not in (select jeditaskid from split_jobs where is_before)
    group by site, size_bin, workinggroup, processingtype, corecount
),

totals as (
    select
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(failed_jobs) as bigint) as failed_jobs
    from train_cells
    having count(*) > 0
),

features as (
    select *
    from (
        values ('site'), ('size_bin'), ('workinggroup'), ('processingtype'), ('corecount')
    ) as named (feature)
),

counts as (
    select
        features.feature,
        case features.feature
            when 'site' then train_cells.site
            when 'size_bin' then train_cells.size_bin
            when 'workinggroup' then train_cells.workinggroup
            when 'processingtype' then train_cells.processingtype
            else cast(train_cells.corecount as varchar)
        end as value,
        cast(sum(train_cells.jobs) as bigint) as jobs,
        cast(sum(train_cells.failed_jobs) as bigint) as failed_jobs
    from train_cells
    cross join features
    group by 1, 2
),

numbers_of_values as (
    select
        feature,
        count(*) + 1 as values_known
    from counts
    group by feature
),

weights as (
    select
        counts.feature,
        counts.value,
        ln((counts.failed_jobs + 1) / (totals.failed_jobs + numbers_of_values.values_known))
        - ln(
            (counts.jobs - counts.failed_jobs + 1)
            / (totals.jobs - totals.failed_jobs + numbers_of_values.values_known)
        ) as log_odds
    from counts
    join numbers_of_values on numbers_of_values.feature = counts.feature
    cross join totals
    union all
    -- a value that was never seen: only the two sizes of the training set speak
    select
        numbers_of_values.feature,
        null,
        ln(
            (totals.jobs - totals.failed_jobs + numbers_of_values.values_known)
            / (totals.failed_jobs + numbers_of_values.values_known)
        )
    from numbers_of_values
    cross join totals
),

predictions as (
    select
        test_cells.*,
        totals.jobs as train_jobs,
        totals.failed_jobs as train_failed_jobs,
        (totals.failed_jobs + 1) / (totals.jobs + 2) as overall_ratio,
        (site_counts.failed_jobs + 1) / (site_counts.jobs + 2) as site_ratio,
        ln((totals.failed_jobs + 1) / (totals.jobs - totals.failed_jobs + 1))
        + coalesce(sites.log_odds, new_sites.log_odds)
        + coalesce(sizes.log_odds, new_sizes.log_odds)
        + coalesce(groups.log_odds, new_groups.log_odds)
        + coalesce(types.log_odds, new_types.log_odds)
        + coalesce(cores.log_odds, new_cores.log_odds) as log_odds
    from test_cells
    cross join totals
    left join counts as site_counts
        on site_counts.feature = 'site' and site_counts.value = test_cells.site
    left join weights as sites on sites.feature = 'site' and sites.value = test_cells.site
    left join weights as sizes on sizes.feature = 'size_bin' and sizes.value = test_cells.size_bin
    left join weights as groups
        on groups.feature = 'workinggroup' and groups.value = test_cells.workinggroup
    left join weights as types
        on types.feature = 'processingtype' and types.value = test_cells.processingtype
    left join weights as cores
        on cores.feature = 'corecount' and cores.value = cast(test_cells.corecount as varchar)
    join weights as new_sites on new_sites.feature = 'site' and new_sites.value is null
    join weights as new_sizes on new_sizes.feature = 'size_bin' and new_sizes.value is null
    join weights as new_groups on new_groups.feature = 'workinggroup' and new_groups.value is null
    join weights as new_types on new_types.feature = 'processingtype' and new_types.value is null
    join weights as new_cores on new_cores.feature = 'corecount' and new_cores.value is null
),

models as (
    select *
    from (values ('naive Bayes'), ('site rate'), ('overall rate')) as named (model)
)

select
    models.model,
    $population as population,
    predictions.site,
    predictions.size_bin,
    predictions.workinggroup,
    predictions.processingtype,
    predictions.corecount,
    -- equal predictions must be equal to the last digit, or ranks would tell them apart
    round(
        case models.model
            when 'naive Bayes' then 1 / (1 + exp(-predictions.log_odds))
            when 'site rate' then coalesce(predictions.site_ratio, predictions.overall_ratio)
            else predictions.overall_ratio
        end,
        9
    ) as predicted_ratio,
    predictions.jobs,
    predictions.failed_jobs,
    predictions.train_jobs,
    predictions.train_failed_jobs
from predictions
cross join models
order by models.model, predicted_ratio

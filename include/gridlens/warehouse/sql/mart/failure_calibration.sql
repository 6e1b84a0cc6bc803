-- Whether jobs fail as often as mart.failure_predictions says: the predicted jobs in ten groups of
-- about equal size, from the least likely to fail to the most. Jobs of one prediction stay
-- together, so that a model with few predictions has fewer groups. The interval of the observed
-- ratio is Wilson's at 95 %.
-- grain: model, bin
-- reads: mart.failure_predictions
-- filters: jobs
-- argument: train_share = '0.7' | part of the window, from its beginning, that is learnt from
-- column: model | naive Bayes, site rate or overall rate
-- column: bin | group of predictions, 1 to 10
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs of the group
-- column: failed_jobs | of these, jobs that failed
-- column: predicted_ratio | mean prediction
-- column: observed_ratio | failed_jobs over jobs
-- column: observed_low_ratio | lower end of its interval
-- column: observed_high_ratio | upper end of its interval
with predictions as (
    select
        model,
        predicted_ratio,
        sum(jobs) as jobs,
        sum(failed_jobs) as failed_jobs
    from mart.failure_predictions($same_jobs, train_share := $train_share)
    group by model, predicted_ratio
),

-- the middle job of a prediction says which group it falls into
placed_predictions as (
    select
        predictions.*,
        1 + cast(
            floor(
                10 * (
                    sum(jobs) over (
                        partition by model
                        order by predicted_ratio
                        rows between unbounded preceding and current row
                    ) - jobs / 2
                ) / sum(jobs) over (partition by model)
            ) as bigint
        ) as bin
    from predictions
),

bins as (
    select
        model,
        bin,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(failed_jobs) as bigint) as failed_jobs,
        cast(sum(predicted_ratio * jobs) as double) / sum(jobs) as predicted_ratio,
        cast(sum(failed_jobs) as double) / sum(jobs) as observed_ratio,
        1.96 * 1.96 / cast(sum(jobs) as double) as z2_n
    from placed_predictions
    group by model, bin
),

intervals as (
    select
        bins.*,
        (observed_ratio + z2_n / 2) / (1 + z2_n) as middle,
        sqrt(z2_n * (observed_ratio * (1 - observed_ratio) + z2_n / 4)) / (1 + z2_n) as half_width
    from bins
)

select
    model,
    bin,
    $population as population,
    jobs,
    failed_jobs,
    predicted_ratio,
    observed_ratio,
    greatest(middle - half_width, 0) as observed_low_ratio,
    least(middle + half_width, 1) as observed_high_ratio
from intervals
order by model, bin

-- How good the predictions of mart.failure_predictions are, model by model, on jobs that no model
-- has learnt from. Only what is known before a job starts is used. A model that knows nothing has
-- an AUC of 0.5; one is worth its name only where it beats both rates in Brier score or log loss.
-- grain: position
-- reads: mart.failure_predictions
-- filters: jobs
-- argument: train_share = '0.7' | part of the window, from its beginning, that is learnt from
-- column: position | order of the rows
-- column: model | naive Bayes, site rate or overall rate
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: train_jobs | jobs that were learnt from
-- column: test_jobs | jobs that were predicted; 0 where either part is empty
-- column: test_failed_jobs | of these, jobs that failed
-- column: auc | chance that a failed job has the higher prediction than a finished one, a tie
--    counting half; NULL without both kinds
-- column: brier | mean square of prediction minus outcome; lower is better
-- column: log_loss | mean of minus the logarithm of the probability that was given to the outcome
with models as (
    select *
    from (
        values (1, 'naive Bayes'), (2, 'site rate'), (3, 'overall rate')
    ) as named (position, model)
),

predictions as (
    select
        model,
        greatest(least(predicted_ratio, 1 - 0.000000001), 0.000000001) as predicted_ratio,
        max(train_jobs) as train_jobs,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(failed_jobs) as bigint) as failed_jobs
    from mart.failure_predictions($same_jobs, train_share := $train_share)
    group by model, predicted_ratio
),

ranked_predictions as (
    select
        predictions.*,
        -- finished jobs below, and half of those beside: the wins of each failed job here
        sum(jobs - failed_jobs) over (
            partition by model
            order by predicted_ratio
            rows between unbounded preceding and current row
        ) - (jobs - failed_jobs) / 2 as wins
    from predictions
),

scores as (
    select
        model,
        max(train_jobs) as train_jobs,
        cast(sum(jobs) as bigint) as test_jobs,
        cast(sum(failed_jobs) as bigint) as test_failed_jobs,
        cast(sum(failed_jobs * wins) as double)
        / nullif(sum(failed_jobs) * sum(jobs - failed_jobs), 0) as auc,
        sum(
            failed_jobs * (1 - predicted_ratio) * (1 - predicted_ratio)
            + (jobs - failed_jobs) * predicted_ratio * predicted_ratio
        ) / sum(jobs) as brier,
        -sum(
            failed_jobs * ln(predicted_ratio) + (jobs - failed_jobs) * ln(1 - predicted_ratio)
        ) / sum(jobs) as log_loss
    from ranked_predictions
    group by model
)

select
    models.position,
    models.model,
    $population as population,
    coalesce(scores.train_jobs, 0) as train_jobs,
    coalesce(scores.test_jobs, 0) as test_jobs,
    coalesce(scores.test_failed_jobs, 0) as test_failed_jobs,
    scores.auc,
    scores.brier,
    scores.log_loss
from models
left join scores on scores.model = models.model
order by models.position

-- Odds of failure of matched jobs whose transfers moved for more than a part T of their queue
-- time, against those of the other matched jobs (data-management paper, sec. 7, which names 75 %),
-- for each T of its Fig. 9 but 100 %. Of finished and failed jobs alone. The interval is of 95 %,
-- by the normal law of the logarithm. Where one of the four counts is 0, one half is added to each
-- (Haldane and Anscombe). Without a job on both sides of T, or where none or all failed, there is
-- nothing to compare.
-- grain: threshold_ratio
-- reads: mart.transfer_share_counts
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- column: threshold_ratio | T, as a part of 1
-- column: failed_above | failed jobs with a share above T
-- column: finished_above | finished jobs with a share above T
-- column: failed_below | failed jobs with a share up to T
-- column: finished_below | finished jobs with a share up to T
-- column: is_corrected | one half was added to each of the four
-- column: odds_ratio | odds of failure above T over those below; NULL where not to be compared
-- column: low_odds_ratio | lower end of the interval
-- column: high_odds_ratio | upper end of the interval
with counts as (
    select
        threshold_ratio,
        cast(sum(case when job_outcome = 'F' then jobs_above else 0 end) as bigint)
            as failed_above,
        cast(sum(case when job_outcome = 'D' then jobs_above else 0 end) as bigint)
            as finished_above,
        cast(sum(case when job_outcome = 'F' then jobs_below else 0 end) as bigint)
            as failed_below,
        cast(sum(case when job_outcome = 'D' then jobs_below else 0 end) as bigint)
            as finished_below
    from mart.transfer_share_counts($same_jobs, method := $method)
    where threshold_ratio < 1
    group by threshold_ratio
),

corrections as (
    select
        *,
        least(failed_above, finished_above, failed_below, finished_below) = 0 as is_corrected,
        failed_above + finished_above > 0
        and failed_below + finished_below > 0
        and failed_above + failed_below > 0
        and finished_above + finished_below > 0 as is_comparable
    from counts
),

cells as (
    select
        *,
        failed_above + case when is_corrected then 0.5e0 else 0e0 end as a,
        finished_above + case when is_corrected then 0.5e0 else 0e0 end as b,
        failed_below + case when is_corrected then 0.5e0 else 0e0 end as c,
        finished_below + case when is_corrected then 0.5e0 else 0e0 end as d
    from corrections
    where is_comparable
),

logarithms as (
    select
        threshold_ratio,
        ln(a * d / (b * c)) as log_odds,
        1.96 * sqrt(1 / a + 1 / b + 1 / c + 1 / d) as half_log_odds
    from cells
)

select
    corrections.threshold_ratio,
    corrections.failed_above,
    corrections.finished_above,
    corrections.failed_below,
    corrections.finished_below,
    corrections.is_corrected,
    exp(logarithms.log_odds) as odds_ratio,
    exp(logarithms.log_odds - logarithms.half_log_odds) as low_odds_ratio,
    exp(logarithms.log_odds + logarithms.half_log_odds) as high_odds_ratio
from corrections
left join logarithms on logarithms.threshold_ratio = corrections.threshold_ratio
order by corrections.threshold_ratio

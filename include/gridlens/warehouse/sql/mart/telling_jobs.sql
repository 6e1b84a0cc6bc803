-- One job of the window for each of the paper's case studies (data-management paper, sec. 5.4):
-- the one that shows it most; of two, the one with the lesser id.
-- grain: case_name
-- reads: mart.matched_jobs, mart.transfer_phases
-- filters: jobs
-- column: case_name | dominated: finished, its transfers, all local and exact, took the largest
--    part of the queue time (Fig. 10); spanning: failed, the longest exact transfer that began
--    before the start and ended after it (Fig. 11); redundant: finished, most avoidable bytes
--    among at most 12 matched transfers, as more are hard to read (Fig. 12)
-- column: pandaid | PanDA job id
-- column: job_day | UTC day on which the job ended
-- column: amount | by which it was chosen: a part of 1, seconds, or bytes
with chosen_jobs as (
    select
        job_day,
        pandaid,
        jobs.method,
        jobstatus,
        locality,
        queue_share_ratio
    from mart.matched_jobs($same_jobs) as jobs
),

transfers as (
    select
        job_day,
        pandaid,
        matches.method,
        phase,
        jobstatus,
        is_redundant,
        duration_s,
        bytes
    from mart.transfer_phases as matches
    where $chosen_jobs
        and matches.method <> 'direct'
),

amounts as (
    select
        'dominated' as case_name,
        pandaid,
        job_day,
        queue_share_ratio as amount
    from chosen_jobs
    where chosen_jobs.method = 'exact'
        and jobstatus = 'finished'
        and locality = 'local'
        and queue_share_ratio > 0
    union all
    select
        'spanning',
        pandaid,
        job_day,
        cast(max(duration_s) as double)
    from transfers
    where transfers.method = 'exact' and jobstatus = 'failed' and phase = 'over the start'
    group by pandaid, job_day
    union all
    select
        'redundant',
        pandaid,
        job_day,
        cast(sum(case when is_redundant then bytes end) as double)
    from transfers
    where jobstatus = 'finished'
    group by pandaid, job_day
    having count(*) <= 12
)

select
    case_name,
    pandaid,
    job_day,
    amount
from amounts
where amount is not null
qualify row_number() over (partition by case_name order by amount desc, pandaid, job_day) = 1
order by case_name

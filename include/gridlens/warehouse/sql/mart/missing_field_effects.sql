-- What filling in a field would do for matching: pairs of mart.near_matches by the one field that
-- keeps them from being Exact, beside the pairs that are Exact (data-management paper, sec. 5.5
-- and 7). Each row is a field alone: what two fields would do together is not their sum.
-- grain: missing_field
-- reads: core.jobs, core.job_transfers, mart.near_matches
-- filters: jobs
-- column: missing_field | table and field: transfers.dst_site
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: pairs | pairs that would become Exact
-- column: rm1_pairs | of these, pairs that are RM1 now
-- column: rm2_pairs | of these, pairs that are RM2 now, but not RM1
-- column: new_pairs | of these, pairs that no method but direct takes now
-- column: transfers | transfers of the pairs, each counted once
-- column: jobs | jobs of the pairs, each counted once
-- column: exact_pairs | pairs that are Exact now
-- column: gain | pairs over exact_pairs: 0.1 is a tenth more; NULL where there are none
with chosen_jobs as (
    select
        job_day,
        pandaid
    from core.jobs
    where $chosen_jobs
),

exact_pairs as (
    select count(*) as exact_pairs
    from core.job_transfers as pairs
    join chosen_jobs
        on chosen_jobs.job_day = pairs.job_day and chosen_jobs.pandaid = pairs.pandaid
    where pairs.job_day >= $window_start and pairs.job_day < $window_end
        and pairs.exact
),

sums as (
    select
        missing_field,
        count(*) as pairs,
        count(case when is_rm1 then 1 end) as rm1_pairs,
        count(case when is_rm2 and not is_rm1 then 1 end) as rm2_pairs,
        count(case when not is_rm2 then 1 end) as new_pairs,
        count(distinct transfer_id) as transfers,
        count(distinct pandaid) as jobs
    from mart.near_matches
    where $chosen_jobs
    group by missing_field
)

select
    sums.missing_field,
    $population as population,
    sums.pairs,
    sums.rm1_pairs,
    sums.rm2_pairs,
    sums.new_pairs,
    sums.transfers,
    sums.jobs,
    exact_pairs.exact_pairs,
    sums.pairs / nullif(exact_pairs.exact_pairs, 0) as gain
from sums
cross join exact_pairs
order by sums.pairs desc, sums.missing_field

-- Whether the link probability means what it says: of the candidate pairs by predicted tenth, how
-- many are links in truth. The probability is that of mart.matches, over the jobs of the window: one
-- owner a transfer, or none. The truth is that of mart.match_accuracy; the planted one counts both
-- jobs that used one copy, so that pairs of such jobs, told half and half, are all seen as right.
-- grain: truth, bin_from_ratio
-- reads: core.jobs, core.link_probabilities, core.job_transfers, raw.truth_links
-- filters: jobs
-- column: truth | planted or direct
-- column: bin_from_ratio | least probability of the bin
-- column: bin_to_ratio | probability that the bin ends before; the last one holds 1
-- column: pairs | candidate pairs
-- column: right_pairs | of these, true links
-- column: predicted_ratio | mean of the probabilities
-- column: observed_ratio | right_pairs over pairs
with chosen_jobs as (
    select job_day, pandaid
    from core.jobs
    where $chosen_jobs
),

rivals as (
    select
        job_day,
        pandaid,
        transfer_id,
        round(
            power(2, link_bits)
            / (1 + sum(power(2, link_bits)) over (partition by transfer_id)), 6
        ) as probability_ratio
    from core.link_probabilities
    where job_day >= $window_start and job_day < $window_end
),

links as (
    select
        probabilities.*,
        least(cast(floor(probability_ratio * 10) as bigint), 9) as bin
    from rivals as probabilities
    join chosen_jobs
        on chosen_jobs.job_day = probabilities.job_day
        and chosen_jobs.pandaid = probabilities.pandaid
),

planted_links as (
    select distinct pandaid, transfer_id
    from raw.truth_links
    where day >= $window_start and day < $window_end and pandaid is not null
),

direct_links as (
    select distinct pandaid, transfer_id
    from core.job_transfers
    where job_day >= $window_start and job_day < $window_end and direct
),

judged_links as (
    select
        'planted' as truth,
        links.bin,
        links.probability_ratio,
        planted_links.pandaid is not null as is_right
    from links
    left join planted_links
        on planted_links.pandaid = links.pandaid
        and planted_links.transfer_id = links.transfer_id
    where links.job_day in (select truth_links.day from raw.truth_links as truth_links)
    union all
    select
        'direct',
        links.bin,
        links.probability_ratio,
        direct_links.pandaid is not null
    from links
    left join direct_links
        on direct_links.pandaid = links.pandaid
        and direct_links.transfer_id = links.transfer_id
    where links.transfer_id in (select named.transfer_id from direct_links as named)
)

select
    truth,
    bin / 10 as bin_from_ratio,
    (bin + 1) / 10 as bin_to_ratio,
    count(*) as pairs,
    count(case when is_right then 1 end) as right_pairs,
    avg(probability_ratio) as predicted_ratio,
    count(case when is_right then 1 end) / count(*) as observed_ratio
from judged_links
group by truth, bin
order by truth, bin_from_ratio

-- How right each method is: precision and recall against the planted truth of days that were made,
-- and against the jobs that transfers name themselves. Of the direct truth only transfers that name
-- a job are counted, and a second job that used the same copy counts as wrong there. The methods
-- with one owner keep of all jobs of the window that claim a transfer the most probable one, the
-- first id of equals.
-- grain: truth, method, split_by, split_value
-- reads: core.jobs, core.job_transfers, core.inferred_pairs, core.link_probabilities, core.transfers, raw.truth_links
-- filters: jobs
-- column: truth | planted or direct
-- column: method | exact, rm1, rm2, rm2_one_owner, exact_inferred; probability_50 and
--    probability_90: a probability of 0.5 or 0.9 at least, with one owner
-- column: split_by | total, activity, or fault: what was planted on the trail of the pair
-- column: split_value | activity or fault; all for the total
-- column: claimed_pairs | pairs that the method accepts
-- column: right_pairs | of these, those that are true
-- column: true_pairs | pairs that are true
-- column: precision_ratio | right_pairs over claimed_pairs; NULL where nothing is claimed
-- column: recall_ratio | right_pairs over true_pairs; NULL where nothing is true
with chosen_jobs as (
    select job_day, pandaid
    from core.jobs
    where $chosen_jobs
),

ranked_links as (
    select
        *,
        round(
            power(2, link_bits)
            / (1 + sum(power(2, link_bits)) over (partition by transfer_id)), 6
        ) as probability_ratio,
        row_number() over (
            partition by transfer_id
            order by link_bits desc, pandaid, job_day desc, started_day desc
        ) as place
    from core.link_probabilities
    where job_day >= $window_start and job_day < $window_end
),

pairs as (
    select
        job_transfers.*,
        row_number() over (
            partition by job_transfers.transfer_id, job_transfers.rm2
            order by
                links.link_bits desc nulls last,
                job_transfers.pandaid,
                job_transfers.job_day desc,
                job_transfers.started_day desc
        ) as place
    from core.job_transfers as job_transfers
    left join core.link_probabilities as links
        on links.job_day = job_transfers.job_day
        and links.pandaid = job_transfers.pandaid
        and links.transfer_id = job_transfers.transfer_id
        and links.started_day = job_transfers.started_day
    where job_transfers.job_day >= $window_start and job_transfers.job_day < $window_end
),

claims as (
    select job_day, pandaid, transfer_id, started_day, 'exact' as method from pairs where exact
    union all
    select job_day, pandaid, transfer_id, started_day, 'rm1' from pairs where rm1
    union all
    select job_day, pandaid, transfer_id, started_day, 'rm2' from pairs where rm2
    union all
    select job_day, pandaid, transfer_id, started_day, 'rm2_one_owner'
    from pairs
    where rm2 and place = 1
    union all
    select job_day, pandaid, transfer_id, started_day, 'exact_inferred' from pairs where exact
    union all
    select job_day, pandaid, transfer_id, started_day, 'exact_inferred'
    from core.inferred_pairs
    where job_day >= $window_start and job_day < $window_end
    union all
    select job_day, pandaid, transfer_id, started_day, 'probability_50'
    from ranked_links
    where place = 1 and probability_ratio >= 0.5
    union all
    select job_day, pandaid, transfer_id, started_day, 'probability_90'
    from ranked_links
    where place = 1 and probability_ratio >= 0.9
),

planted_links as (
    select day, pandaid, transfer_id, min(cause) as cause
    from raw.truth_links
    where day >= $window_start and day < $window_end
    group by day, pandaid, transfer_id
),

truths as (
    select 'planted' as truth, pandaid, transfer_id, cause
    from planted_links
    where pandaid in (select chosen_jobs.pandaid from chosen_jobs)
    union all
    select 'direct', pandaid, transfer_id, 'none'
    from pairs
    where direct and pandaid in (select chosen_jobs.pandaid from chosen_jobs)
),

causes as (
    select transfer_id, min(cause) as cause
    from planted_links
    group by transfer_id
),

chosen_claims as (
    select claims.*
    from claims
    join chosen_jobs
        on chosen_jobs.job_day = claims.job_day and chosen_jobs.pandaid = claims.pandaid
),

known_transfers as (
    select distinct truth, transfer_id
    from truths
    where truth = 'direct'
    union
    select distinct 'planted', chosen_claims.transfer_id
    from chosen_claims
    where chosen_claims.job_day in (select planted_links.day from planted_links)
),

judged_pairs as (
    select
        known_transfers.truth,
        chosen_claims.method,
        chosen_claims.transfer_id,
        coalesce(truths.cause, causes.cause, 'none') as cause,
        1 as is_claimed,
        case when truths.pandaid is null then 0 else 1 end as is_right,
        0 as is_true
    from chosen_claims
    join known_transfers on known_transfers.transfer_id = chosen_claims.transfer_id
    left join truths
        on truths.truth = known_transfers.truth
        and truths.pandaid = chosen_claims.pandaid
        and truths.transfer_id = chosen_claims.transfer_id
    left join causes on causes.transfer_id = chosen_claims.transfer_id
    union all
    select
        truths.truth,
        methods.method,
        truths.transfer_id,
        truths.cause,
        0,
        0,
        1
    from truths
    cross join (
        values
        ('exact'),
        ('rm1'),
        ('rm2'),
        ('rm2_one_owner'),
        ('exact_inferred'),
        ('probability_50'),
        ('probability_90')
    ) as methods (method)
),

activities as (
    select transfer_id, min(activity) as activity
    from core.transfers
    where transfer_id in (select judged_pairs.transfer_id from judged_pairs)
    group by transfer_id
),

split_pairs as (
    select
        judged_pairs.*,
        splits.split_by,
        case splits.split_by
            when 'total' then 'all'
            when 'activity' then coalesce(activities.activity, 'not recorded')
            else judged_pairs.cause
        end as split_value
    from judged_pairs
    left join activities on activities.transfer_id = judged_pairs.transfer_id
    cross join (values ('total'), ('activity'), ('fault')) as splits (split_by)
    where judged_pairs.truth = 'planted' or splits.split_by <> 'fault'
),

counts as (
    select
        truth,
        method,
        split_by,
        split_value,
        cast(sum(is_claimed) as bigint) as claimed_pairs,
        cast(sum(is_right) as bigint) as right_pairs,
        cast(sum(is_true) as bigint) as true_pairs
    from split_pairs
    group by truth, method, split_by, split_value
)

select
    counts.*,
    right_pairs / nullif(claimed_pairs, 0) as precision_ratio,
    right_pairs / nullif(true_pairs, 0) as recall_ratio
from counts
order by truth, split_by, split_value, method

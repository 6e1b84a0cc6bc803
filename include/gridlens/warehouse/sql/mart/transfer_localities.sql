-- Table 2(a) of the data-management paper: matched transfers by method, local or remote. Local
-- means that both sites are known and equal; everything else, UNKNOWN too, is remote. The
-- transfers are those of mart.activity_matches: total and of_transfers are its row 'Total'.
-- grain: position
-- reads: core.transfers, core.job_transfers, core.jobs
-- filters: transfers
-- argument: population = 'user' of 'user', 'production', 'all' | jobs that may match
-- argument: with_resource_type = 'all' | only matches by jobs of this resource type; the
--    denominator does not know it
-- argument: at_queue = 'all' | only matches by jobs of this PanDA queue; the denominator does not
--    know it
-- column: position | order of the rows
-- column: method | exact, rm1 or rm2
-- column: population | jobs that may match: 'user', 'production' or 'all'
-- column: local | matched transfers within one site
-- column: remote | all other matched transfers
-- column: total | matched transfers, each counted once
-- column: of_transfers | all transfers with a task that started in the window
-- column: matched_ratio | total over of_transfers; NULL where there is no transfer
with methods as (
    select *
    from (values (1, 'exact'), (2, 'rm1'), (3, 'rm2')) as named (position, method)
),

matches as (
    select
        pairs.started_day,
        pairs.transfer_id,
        bool_or(pairs.exact) as is_exact,
        bool_or(pairs.rm1) as is_rm1,
        bool_or(pairs.rm2) as is_rm2
    from core.job_transfers as pairs
    join core.jobs as jobs on jobs.job_day = pairs.job_day and jobs.pandaid = pairs.pandaid
    where pairs.job_day >= $window_start and pairs.job_day < $window_end
        and jobs.job_day >= $window_start and jobs.job_day < $window_end
        and pairs.started_day >= $window_start and pairs.started_day < $window_end
        and ($population = 'all' or jobs.is_user_job = ($population = 'user'))
        and ($with_resource_type = 'all' or jobs.resource_type = $with_resource_type)
        and ($at_queue = 'all' or jobs.computingsite = $at_queue)
    group by pairs.started_day, pairs.transfer_id
),

chosen_transfers as (
    select
        started_day,
        transfer_id,
        is_local
    from core.transfers
    where $chosen_transfers
        and started_at is not null
        and jeditaskid is not null
),

task_transfers as (
    select
        transfers.transfer_id,
        transfers.is_local,
        matches.is_exact,
        matches.is_rm1,
        matches.is_rm2
    from chosen_transfers as transfers
    left join matches
        on matches.transfer_id = transfers.transfer_id
        and matches.started_day = transfers.started_day
),

totals as (
    select count(distinct transfer_id) as of_transfers
    from task_transfers
),

counts as (
    select
        methods.position,
        count(distinct case when task_transfers.is_local then transfer_id end) as local,
        count(distinct case when not task_transfers.is_local then transfer_id end) as remote
    from task_transfers
    cross join methods
    where task_transfers.is_rm2 is not null
        and (
            (methods.method = 'exact' and task_transfers.is_exact)
            or (methods.method = 'rm1' and task_transfers.is_rm1)
            or (methods.method = 'rm2' and task_transfers.is_rm2)
        )
    group by methods.position
)

select
    methods.position,
    methods.method,
    $population as population,
    coalesce(counts.local, 0) as local,
    coalesce(counts.remote, 0) as remote,
    coalesce(counts.local + counts.remote, 0) as total,
    totals.of_transfers,
    coalesce(counts.local + counts.remote, 0) / nullif(totals.of_transfers, 0)
        as matched_ratio
from methods
cross join totals
left join counts on counts.position = methods.position
order by methods.position

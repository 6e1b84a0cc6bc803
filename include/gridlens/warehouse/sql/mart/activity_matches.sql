-- Table 1 of the data-management paper: of the transfers that carry a JEDI task and started in
-- the window, how many match a job that ended in it, by activity. A transfer counts once, however
-- many jobs claim it; one that started before the window is in neither number, so that the
-- matched are always a part of the total.
-- grain: position
-- reads: core.transfers, core.job_transfers, core.jobs
-- filters: transfers
-- argument: population = 'user' of 'user', 'production', 'all' | jobs that may match
-- argument: with_resource_type = 'all' | only matches by jobs of this resource type; the
--    denominator does not know it
-- argument: at_queue = 'all' | only matches by jobs of this PanDA queue; the denominator does not
--    know it
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2', 'direct' | the method of matching
-- column: position | order of the rows
-- column: activity | Rucio activity, 'Other activities' or 'Total'
-- column: population | jobs that may match: 'user', 'production' or 'all'
-- column: method | method that matches
-- column: matched_count | transfers that match
-- column: total_count | all transfers with a task
-- column: matched_ratio | matched_count over total_count; NULL where there is no transfer
-- column: share_ratio | total_count over that of the row 'Total'
-- column: five_share_ratio | share of the paper's five activities in the row 'Total'
with activities as (
    select *
    from (
        values
        (1, 'Analysis Download'),
        (2, 'Analysis Upload'),
        (3, 'Analysis Download Direct IO'),
        (4, 'Production Upload'),
        (5, 'Production Download'),
        (6, 'Other activities'),
        (7, 'Total')
    ) as named (position, activity)
),

matches as (
    select distinct
        pairs.started_day,
        pairs.transfer_id
    from core.job_transfers as pairs
    join core.jobs as jobs on jobs.job_day = pairs.job_day and jobs.pandaid = pairs.pandaid
    where pairs.job_day >= $window_start and pairs.job_day < $window_end
        and jobs.job_day >= $window_start and jobs.job_day < $window_end
        and pairs.started_day >= $window_start and pairs.started_day < $window_end
        and (
            ($method = 'exact' and pairs.exact)
            or ($method = 'rm1' and pairs.rm1)
            or ($method = 'rm2' and pairs.rm2)
            or ($method = 'direct' and pairs.direct)
        )
        and ($population = 'all' or jobs.is_user_job = ($population = 'user'))
        and ($with_resource_type = 'all' or jobs.resource_type = $with_resource_type)
        and ($at_queue = 'all' or jobs.computingsite = $at_queue)
),

chosen_transfers as (
    select
        started_day,
        transfer_id,
        activity
    from core.transfers
    where $chosen_transfers
        and started_at is not null
        and jeditaskid is not null
),

counts as (
    select
        coalesce(activities.position, 6) as position,
        count(distinct transfers.transfer_id) as total_count,
        count(distinct matches.transfer_id) as matched_count
    from chosen_transfers as transfers
    left join activities on activities.activity = transfers.activity and activities.position < 6
    left join matches
        on matches.transfer_id = transfers.transfer_id
        and matches.started_day = transfers.started_day
    group by coalesce(activities.position, 6)
),

sums as (
    select
        cast(sum(total_count) as bigint) as total_count,
        cast(sum(case when position < 6 then total_count else 0 end) as bigint) as five_count,
        cast(sum(matched_count) as bigint) as matched_count
    from counts
),

filled as (
    select
        activities.position,
        activities.activity,
        coalesce(
            case when activities.position = 7 then sums.matched_count else counts.matched_count end,
            0
        ) as matched_count,
        coalesce(
            case when activities.position = 7 then sums.total_count else counts.total_count end, 0
        ) as total_count,
        sums.total_count as all_count,
        sums.five_count
    from activities
    cross join sums
    left join counts on counts.position = activities.position
)

select
    position,
    activity,
    $population as population,
    $method as method,
    matched_count,
    total_count,
    matched_count / nullif(total_count, 0) as matched_ratio,
    total_count / nullif(all_count, 0) as share_ratio,
    five_count / nullif(all_count, 0) as five_share_ratio
from filled
order by position

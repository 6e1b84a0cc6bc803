-- Files that were copied to the same destination more than once within some days (data-management
-- paper, sec. 5.4, Fig. 12, Table 3): all copies but the first are avoidable. A copy is avoidable
-- if a good copy of the same file to the same site began at most so many days before it. Direct
-- reads are no copies. Where the record lacks the destination it is the site of the jobs that the
-- file was for, if they are all at one site: transfers 0 to 2 of Table 3.
-- Seven days by default: the matching looks back as far, and a copy on disk is rarely kept for less.
-- grain: scope, lfn, dst_site
-- reads: core.transfers, core.job_transfers, core.jobs
-- filters: transfers
-- argument: within_days = '7' | days after which a copy is needed again
-- column: scope | scope of the file
-- column: lfn | name of the file
-- column: dst_site | site that it was copied to
-- column: day | UTC day on which the last avoidable copy began
-- column: copies | good copies in the window
-- column: avoidable_copies | of these, copies that an earlier one made needless
-- column: unplaced_copies | copies whose destination is that of their jobs
-- column: sources | sites that it was copied from; unknown ones count once
-- column: first_transfer_id | first copy
-- column: last_transfer_id | last copy
-- column: first_at | when the first copy began
-- column: last_at | when the last copy began
-- column: jeditaskid | a task of the avoidable copies, the least id; NULL where none is known
-- column: loss_s | seconds that the avoidable copies took, as far as known
-- column: loss_bytes | bytes that they moved, as far as known
-- column: confidence_ratio | 0.9; 0.7 where the destination of a copy is that of its jobs
with repeated_files as (
    -- most files are copied once: only the others are looked at further
    select lfn
    from core.transfers
    where started_day >= $window_start and started_day < $window_end
        and lfn is not null
        and not is_direct_io
    group by lfn
    having count(*) > 1
),

served_sites as (
    select
        pairs.started_day,
        pairs.transfer_id,
        min(jobs.site) as site,
        min(jobs.site_cloud) as site_cloud,
        min(jobs.tier_level) as tier_level,
        min(jobs.country) as country
    from core.job_transfers as pairs
    join core.jobs as jobs on jobs.job_day = pairs.job_day and jobs.pandaid = pairs.pandaid
    where pairs.started_day >= $window_start and pairs.started_day < $window_end
        and pairs.job_day >= $window_start and pairs.job_day < $window_end
        and jobs.job_day >= $window_start and jobs.job_day < $window_end
        and pairs.rm2
        and not pairs.rm1
    group by pairs.started_day, pairs.transfer_id
    having count(distinct jobs.site) = 1
),

copies as (
    select
        transfers.transfer_id,
        transfers.started_day,
        transfers.started_at,
        transfers.scope,
        transfers.lfn,
        transfers.bytes,
        transfers.duration_s,
        transfers.activity,
        transfers.jeditaskid,
        transfers.src_site,
        transfers.dst_site is null as is_unplaced,
        coalesce(transfers.dst_site, served_sites.site) as dst_site,
        coalesce(transfers.job_site, served_sites.site) as job_site,
        coalesce(transfers.site_cloud, served_sites.site_cloud) as site_cloud,
        coalesce(transfers.tier_level, served_sites.tier_level) as tier_level,
        coalesce(transfers.country, served_sites.country) as country
    from core.transfers as transfers
    left join served_sites
        on served_sites.transfer_id = transfers.transfer_id
        and served_sites.started_day = transfers.started_day
    where transfers.started_day >= $window_start and transfers.started_day < $window_end
        and transfers.started_at is not null
        and transfers.lfn in (select repeated_files.lfn from repeated_files)
        and not transfers.is_direct_io
),

chosen_copies as (
    select *
    from copies
    where $chosen_transfers and dst_site is not null
),

ordered_copies as (
    select
        chosen_copies.*,
        cast(
            epoch(started_at) - epoch(
                lag(started_at) over (
                    partition by scope, lfn, dst_site order by started_at, transfer_id
                )
            ) as double
        ) <= cast($within_days as double) * 86400 as is_avoidable,
        row_number() over (
            partition by scope, lfn, dst_site order by started_at, transfer_id
        ) as place,
        row_number() over (
            partition by scope, lfn, dst_site order by started_at desc, transfer_id desc
        ) as place_from_last
    from chosen_copies
)

select
    scope,
    lfn,
    dst_site,
    max(case when is_avoidable then started_day end) as day,
    count(*) as copies,
    count(case when is_avoidable then 1 end) as avoidable_copies,
    count(case when is_unplaced then 1 end) as unplaced_copies,
    count(distinct coalesce(src_site, 'UNKNOWN')) as sources,
    max(case when place = 1 then transfer_id end) as first_transfer_id,
    max(case when place_from_last = 1 then transfer_id end) as last_transfer_id,
    min(started_at) as first_at,
    max(started_at) as last_at,
    min(case when is_avoidable then jeditaskid end) as jeditaskid,
    cast(sum(case when is_avoidable then coalesce(duration_s, 0) else 0 end) as bigint) as loss_s,
    cast(sum(case when is_avoidable then coalesce(bytes, 0) else 0 end) as bigint) as loss_bytes,
    case when count(case when is_unplaced then 1 end) > 0 then 0.7e0 else 0.9e0 end
        as confidence_ratio
from ordered_copies
group by scope, lfn, dst_site
having count(case when is_avoidable then 1 end) > 0

-- Files that were copied to the same destination more than once within some days (data-management
-- paper, sec. 5.4, Fig. 12, Table 3): all copies but the first are avoidable. A copy is avoidable
-- if a good copy of the same file to the same site began at most so many days before it. Direct
-- reads are no copies. Where the record lacks the destination it is the one that was inferred, if it
-- is one site: transfers 0 to 2 of Table 3.
-- Seven days by default: the matching looks back as far, and a copy on disk is rarely kept for less.
-- grain: scope, lfn, dst_site
-- reads: core.transfers, core.site_inferences, core.sites
-- filters: transfers
-- argument: within_days = '7' | days after which a copy is needed again
-- column: scope | scope of the file
-- column: lfn | name of the file
-- column: dst_site | site that it was copied to
-- column: day | UTC day on which the last avoidable copy began
-- column: copies | good copies in the window
-- column: avoidable_copies | of these, copies that an earlier one made needless
-- column: inferred_copies | copies whose destination was inferred
-- column: sources | sites that it was copied from; unknown ones count once
-- column: first_transfer_id | first copy
-- column: last_transfer_id | last copy
-- column: first_at | when the first copy began
-- column: last_at | when the last copy began
-- column: jeditaskid | a task of the avoidable copies, the least id; NULL where none is known
-- column: loss_s | seconds that the avoidable copies took, as far as known
-- column: loss_bytes | bytes that they moved, as far as known
-- column: confidence_ratio | 0.9, times the least confidence of a destination that was inferred
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

inferred_sites as (
    select
        started_day,
        transfer_id,
        min(inferred_site) as site,
        min(confidence_ratio) as confidence_ratio
    from core.site_inferences
    where started_day >= $window_start and started_day < $window_end
        and job_day >= $window_start and job_day < $window_end
        and side = 'dst'
        and inferred_site is not null
    group by started_day, transfer_id
    having count(distinct inferred_site) = 1
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
        inferred_sites.confidence_ratio as inferred_ratio,
        coalesce(inferred_sites.site, transfers.dst_site) as dst_site,
        coalesce(inferred_sites.site, transfers.job_site) as job_site,
        coalesce(sites.cloud, transfers.site_cloud) as site_cloud,
        coalesce(sites.tier_level, transfers.tier_level) as tier_level,
        coalesce(sites.country, transfers.country) as country
    from core.transfers as transfers
    left join inferred_sites
        on inferred_sites.transfer_id = transfers.transfer_id
        and inferred_sites.started_day = transfers.started_day
    left join core.sites as sites
        on sites.site = inferred_sites.site and sites.dump_day = transfers.started_day
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
    count(inferred_ratio) as inferred_copies,
    count(distinct coalesce(src_site, 'UNKNOWN')) as sources,
    max(case when place = 1 then transfer_id end) as first_transfer_id,
    max(case when place_from_last = 1 then transfer_id end) as last_transfer_id,
    min(started_at) as first_at,
    max(started_at) as last_at,
    min(case when is_avoidable then jeditaskid end) as jeditaskid,
    cast(sum(case when is_avoidable then coalesce(duration_s, 0) else 0 end) as bigint) as loss_s,
    cast(sum(case when is_avoidable then coalesce(bytes, 0) else 0 end) as bigint) as loss_bytes,
    0.9e0 * coalesce(min(inferred_ratio), 1) as confidence_ratio
from ordered_copies
group by scope, lfn, dst_site
having count(case when is_avoidable then 1 end) > 0

-- Files that were copied again to a site that had got them (data-management paper, sec. 5.4,
-- Fig. 12, Table 3), day by day. A copy is avoidable if a good copy of the same file to the same site
-- began at most so many days before it, be it before the window; only copies of the window are
-- counted, so that days add up to it. Direct reads are no copies. Where the record lacks the
-- destination it is the one that was inferred, if it is one site: transfers 0 to 2 of Table 3.
-- A pilot's download goes to a worker node and makes no replica, so that it is held against earlier
-- downloads of its own task alone: where rm2 matches one job to both, as in Fig. 12, the job got its
-- file twice; else two jobs of the task read one file, which is mostly as it should be: 0.3.
-- Seven days by default: the matching looks back as far, and a copy on disk is rarely kept for less.
-- grain: day, first_transfer_id
-- reads: core.transfers, core.site_inferences, core.job_transfers, core.sites
-- filters: transfers
-- argument: within_days = '7' | whole days after which a copy is needed again
-- column: day | UTC day on which the avoidable copies began
-- column: first_transfer_id | the copy before the first avoidable one
-- column: last_transfer_id | last avoidable copy of the day
-- column: scope | scope of the file
-- column: lfn | name of the file
-- column: dst_site | site that it was copied to
-- column: copies | the avoidable copies and the one before them
-- column: avoidable_copies | copies of the day that an earlier one made needless
-- column: inferred_copies | of copies, those whose destination was inferred
-- column: sources | sites that the avoidable copies came from; unknown ones count once
-- column: first_at | when the copy before the first avoidable one began
-- column: last_at | when the last avoidable copy began
-- column: jeditaskid | a task of the avoidable copies, the least id; NULL where none is known
-- column: loss_s | seconds that the avoidable copies took, as far as known
-- column: loss_bytes | bytes that they moved, as far as known
-- column: confidence_ratio | 0.9, but 0.3 for downloads that rm2 matches to no job in common; times
--    the least confidence of a destination that was inferred
with repeated_files as (
    -- most files are copied once: only the others are looked at further
    select lfn
    from core.transfers
    where started_day >= cast($window_start as date)
            - interval 1 day * cast(round(cast($within_days as double)) as bigint)
        and started_day < $window_end
        and lfn is not null
        and not is_direct_io
    group by lfn
    having count(*) > 1
),

-- jobs of any day tell: a day's copies must not change with the window that is asked for
inferred_sites as (
    select
        started_day,
        transfer_id,
        min(inferred_site) as site,
        min(confidence_ratio) as confidence_ratio
    from core.site_inferences
    where started_day >= cast($window_start as date)
            - interval 1 day * cast(round(cast($within_days as double)) as bigint)
        and started_day < $window_end
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
        -- the job's end of an upload is its source
        coalesce(
            case when coalesce(transfers.direction, 'download') = 'download' then inferred_sites.site end,
            transfers.job_site
        ) as job_site,
        coalesce(sites.cloud, transfers.site_cloud) as site_cloud,
        coalesce(sites.tier_level, transfers.tier_level) as tier_level,
        coalesce(sites.country, transfers.country) as country,
        case when transfers.direction = 'download' then transfers.jeditaskid end as reading_task
    from core.transfers as transfers
    left join inferred_sites
        on inferred_sites.transfer_id = transfers.transfer_id
        and inferred_sites.started_day = transfers.started_day
    left join core.sites as sites
        on sites.site = inferred_sites.site
        and sites.dump_day = transfers.started_day
        and coalesce(transfers.direction, 'download') = 'download'
    where transfers.started_day >= cast($window_start as date)
            - interval 1 day * cast(round(cast($within_days as double)) as bigint)
        and transfers.started_day < $window_end
        and transfers.started_at is not null
        and transfers.lfn in (select repeated_files.lfn from repeated_files)
        and not transfers.is_direct_io
        and (coalesce(transfers.direction, 'upload') = 'upload' or transfers.jeditaskid is not null)
),

ordered_copies as (
    select
        copies.*,
        lag(transfer_id) over (
            partition by scope, lfn, dst_site, reading_task order by started_at, transfer_id
        ) as earlier_transfer_id,
        lag(started_at) over (
            partition by scope, lfn, dst_site, reading_task order by started_at, transfer_id
        ) as earlier_at,
        lag(started_day) over (
            partition by scope, lfn, dst_site, reading_task order by started_at, transfer_id
        ) as earlier_day,
        lag(inferred_ratio) over (
            partition by scope, lfn, dst_site, reading_task order by started_at, transfer_id
        ) as earlier_inferred_ratio
    from copies
    where dst_site is not null
),

avoidable_copies as (
    select
        ordered_copies.*,
        row_number() over (
            partition by scope, lfn, dst_site, reading_task, started_day
            order by started_at, transfer_id
        ) as place,
        row_number() over (
            partition by scope, lfn, dst_site, reading_task, started_day
            order by started_at desc, transfer_id desc
        ) as place_from_last
    from ordered_copies
    where $chosen_transfers
        and epoch(started_at) - epoch(earlier_at) <= cast($within_days as double) * 86400
),

shared_copies as (
    select distinct
        copies.started_day,
        copies.transfer_id
    from avoidable_copies as copies
    join core.job_transfers as own
        on own.started_day = copies.started_day
        and own.transfer_id = copies.transfer_id
        and own.rm2
    join core.job_transfers as earlier
        on earlier.started_day = copies.earlier_day
        and earlier.transfer_id = copies.earlier_transfer_id
        and earlier.rm2
        and earlier.pandaid = own.pandaid
        and earlier.job_day = own.job_day
    where copies.reading_task is not null
)

select
    copies.started_day as day,
    max(case when place = 1 then earlier_transfer_id end) as first_transfer_id,
    max(case when place_from_last = 1 then copies.transfer_id end) as last_transfer_id,
    scope,
    lfn,
    dst_site,
    count(*) + 1 as copies,
    count(*) as avoidable_copies,
    count(inferred_ratio) + count(case when place = 1 then earlier_inferred_ratio end)
        as inferred_copies,
    count(distinct coalesce(src_site, 'UNKNOWN')) as sources,
    min(earlier_at) as first_at,
    max(started_at) as last_at,
    min(jeditaskid) as jeditaskid,
    cast(sum(coalesce(duration_s, 0)) as bigint) as loss_s,
    cast(sum(coalesce(bytes, 0)) as bigint) as loss_bytes,
    min(
        case
            when reading_task is not null and shared_copies.transfer_id is null then 0.3e0
            else 0.9e0
        end
        * least(coalesce(inferred_ratio, 1), coalesce(earlier_inferred_ratio, 1))
    ) as confidence_ratio
from avoidable_copies as copies
left join shared_copies
    on shared_copies.started_day = copies.started_day
    and shared_copies.transfer_id = copies.transfer_id
group by scope, lfn, dst_site, reading_task, copies.started_day

-- Sites that transfers lack, told from what else is known of them. A side is without a site where
-- none is recorded, or a name that neither the map of the day nor an alias knows. The raw value
-- stays as it is, here and in core.transfers. Looked at are transfers that started on the day, and
-- those of files of the day's jobs; a transfer that jobs of several days read has a row on each.
-- Four methods (data-management paper, sec. 5.4). rse: the site of the storage element. task: the
-- jobs of the task that read or wrote the file. sibling: other transfers of the same file and task,
-- on the same side. size: another set of transfers of the task and dataset that moved together,
-- with gaps of ten minutes at most, and has the same multiset of sizes, two different ones at least.
-- All that a method and all methods together tell must be one site: where they differ, no site is
-- inferred, and the row tells what was found.
-- The confidence is the share of right sites where the site was planted and then hidden, by method,
-- with one right and one wrong added, so that it stays below 1. All were right, 6,060 by rse, 7,312
-- by task, 65 by sibling, 45 by size (benchmarks/matching/hidden_sites.py).
-- grain: job_day, transfer_id, side
-- reads: core.jobs, core.files, core.transfers, core.sites, core.rses
-- day: job_day
-- column: job_day | UTC day whose jobs and files were looked at
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: side | src or dst
-- column: site_raw | the side's site as recorded; NULL where nothing was
-- column: inferred_site | the site; NULL where the methods differ
-- column: method | the first that tells it, of rse, task, sibling, size; conflict where they differ
-- column: methods | how many of the four tell it
-- column: evidence | what each method found, with the ids that it rests on
-- column: confidence_ratio | confidence of the method; 0 for a conflict
-- fail: side in ('src', 'dst')
-- fail: confidence_ratio between 0 and 1
-- fail: (inferred_site is null) = (method = 'conflict')
with named_sides as (
    select
        transfer_id,
        started_day,
        'src' as side,
        src_site_raw as site_raw,
        src_site as site,
        src_rse as rse,
        direction = 'upload' as is_job_side,
        jeditaskid,
        scope,
        lfn,
        dataset_name,
        bytes,
        activity,
        started_at
    from core.transfers
    union all
    select
        transfer_id,
        started_day,
        'dst',
        dst_site_raw,
        dst_site,
        dst_rse,
        direction = 'download',
        jeditaskid,
        scope,
        lfn,
        dataset_name,
        bytes,
        activity,
        started_at
    from core.transfers
),

-- without any map of the grid no name can be called invalid
sides as (
    select
        named_sides.*,
        coalesce(
            site in (select sites.site from core.sites as sites)
            or (select count(*) from core.sites) = 0,
            false
        ) and site is not null as is_placed
    from named_sides
),

subjects as (
    select *
    from sides
    where not is_placed
        and (started_day = $day or lfn in (select files.lfn from core.files as files))
),

known_sides as (
    select *
    from sides
    where is_placed and jeditaskid in (select subjects.jeditaskid from subjects)
),

-- many transfers lack the site of one file of a task: what tells it is looked up once for all
subject_files as (
    select distinct
        jeditaskid,
        scope,
        lfn,
        bytes,
        side,
        is_job_side
    from subjects
),

sibling_sites as (
    select
        files.jeditaskid,
        files.scope,
        files.lfn,
        files.bytes,
        files.side,
        files.is_job_side,
        known_sides.site,
        min(known_sides.transfer_id) as witness,
        count(distinct known_sides.transfer_id) as witnesses
    from subject_files as files
    join known_sides
        on known_sides.jeditaskid = files.jeditaskid
        and known_sides.lfn = files.lfn
        and known_sides.bytes = files.bytes
        and known_sides.side = files.side
        and known_sides.is_job_side = files.is_job_side
    where coalesce(known_sides.scope = files.scope, true)
    group by
        files.jeditaskid,
        files.scope,
        files.lfn,
        files.bytes,
        files.side,
        files.is_job_side,
        known_sides.site
),

siblings as (
    select
        subjects.transfer_id,
        subjects.started_day,
        subjects.side,
        sibling_sites.site,
        sibling_sites.witness,
        sibling_sites.witnesses
    from subjects
    join sibling_sites
        on sibling_sites.jeditaskid = subjects.jeditaskid
        and sibling_sites.lfn = subjects.lfn
        and sibling_sites.bytes = subjects.bytes
        and sibling_sites.side = subjects.side
        and sibling_sites.is_job_side = subjects.is_job_side
        and sibling_sites.scope is not distinct from subjects.scope
),

elements as (
    select
        subjects.transfer_id,
        subjects.started_day,
        subjects.side,
        rses.site,
        subjects.rse as witness,
        1 as witnesses
    from subjects
    join core.rses as rses on rses.rse = subjects.rse
    where rses.site is not null
),

reader_sites as (
    select
        subject_files.jeditaskid,
        subject_files.scope,
        subject_files.lfn,
        subject_files.side,
        jobs.site,
        min(cast(jobs.pandaid as varchar)) as witness,
        count(distinct jobs.pandaid) as witnesses
    from (
        select distinct
            jeditaskid,
            scope,
            lfn,
            side
        from subject_files
        where is_job_side
    ) as subject_files
    join core.files as files
        on files.jeditaskid = subject_files.jeditaskid and files.lfn = subject_files.lfn
    join core.jobs as jobs
        on jobs.pandaid = files.pandaid and jobs.jeditaskid = files.jeditaskid
    where jobs.site is not null
        and coalesce(files.scope = subject_files.scope, true)
        and (files.type in ('input', 'pseudo_input')) = (subject_files.side = 'dst')
    group by
        subject_files.jeditaskid,
        subject_files.scope,
        subject_files.lfn,
        subject_files.side,
        jobs.site
),

readers as (
    select
        subjects.transfer_id,
        subjects.started_day,
        subjects.side,
        reader_sites.site,
        reader_sites.witness,
        reader_sites.witnesses
    from subjects
    join reader_sites
        on reader_sites.jeditaskid = subjects.jeditaskid
        and reader_sites.lfn = subjects.lfn
        and reader_sites.side = subjects.side
        and reader_sites.scope is not distinct from subjects.scope
    where subjects.is_job_side
),

timed_sides as (
    select
        sides.*,
        epoch(started_at) - lag(epoch(started_at)) over (
            partition by jeditaskid, dataset_name, activity, side, site
            order by started_at, transfer_id
        ) as gap_s
    from (
        select * from known_sides
        union all
        select * from subjects
        where jeditaskid is not null
    ) as sides
    where bytes is not null and started_at is not null
),

numbered_sides as (
    select
        timed_sides.*,
        sum(case when gap_s <= 600 then 0 else 1 end) over (
            partition by jeditaskid, dataset_name, activity, side, site
            order by started_at, transfer_id
            rows between unbounded preceding and current row
        ) as bundle
    from timed_sides
),

bundles as (
    select
        jeditaskid,
        dataset_name,
        activity,
        side,
        site,
        is_placed,
        bundle,
        min(transfer_id) as witness,
        array_to_string(list_sort(list(bytes)), '+') as signature
    from numbered_sides
    group by jeditaskid, dataset_name, activity, side, site, is_placed, bundle
    having count(distinct bytes) > 1
),

known_sets as (
    select
        jeditaskid,
        dataset_name,
        activity,
        side,
        signature,
        site,
        min(witness) as witness,
        count(distinct witness) as witnesses
    from bundles
    where is_placed
    group by jeditaskid, dataset_name, activity, side, signature, site
),

alike_sets as (
    select
        subjects.transfer_id,
        subjects.started_day,
        subjects.side,
        known_sets.site,
        known_sets.witness,
        known_sets.witnesses
    from subjects
    join numbered_sides as placed_subjects
        on placed_subjects.transfer_id = subjects.transfer_id
        and placed_subjects.started_day = subjects.started_day
        and placed_subjects.side = subjects.side
    join bundles as open_bundles
        on open_bundles.jeditaskid = placed_subjects.jeditaskid
        and open_bundles.dataset_name = placed_subjects.dataset_name
        and open_bundles.activity = placed_subjects.activity
        and open_bundles.side = placed_subjects.side
        and coalesce(open_bundles.site, '') = coalesce(placed_subjects.site, '')
        and open_bundles.bundle = placed_subjects.bundle
    join known_sets
        on known_sets.jeditaskid = open_bundles.jeditaskid
        and known_sets.dataset_name = open_bundles.dataset_name
        and known_sets.activity = open_bundles.activity
        and known_sets.side = open_bundles.side
        and known_sets.signature = open_bundles.signature
    where not open_bundles.is_placed
),

clues as (
    select *, 'rse' as method, 1 as place from elements
    union all
    select *, 'task', 2 from readers
    union all
    select *, 'sibling', 3 from siblings
    union all
    select *, 'size', 4 from alike_sets
),

findings as (
    select
        transfer_id,
        started_day,
        side,
        method,
        place,
        min(site) as first_site,
        max(site) as last_site,
        method || ': ' || min(site)
        || case when min(site) < max(site) then ' or ' || max(site) else '' end
        || ' by ' || min(witness)
        || case
            when sum(witnesses) > 1
                then ' and ' || cast(cast(sum(witnesses) as bigint) - 1 as varchar) || ' more'
            else ''
        end as told
    from clues
    group by transfer_id, started_day, side, method, place
),

verdicts as (
    select
        transfer_id,
        started_day,
        side,
        min(first_site) as first_site,
        min(first_site) = max(last_site) as is_clear,
        min(place) as place,
        count(*) as methods,
        array_to_string(list_sort(list(told)), ', ') as evidence
    from findings
    group by transfer_id, started_day, side
)

select
    cast($day as date) as job_day,
    verdicts.transfer_id,
    verdicts.started_day,
    verdicts.side,
    subjects.site_raw,
    case when is_clear then first_site end as inferred_site,
    case
        when not is_clear then 'conflict'
        when place = 1 then 'rse'
        when place = 2 then 'task'
        when place = 3 then 'sibling'
        else 'size'
    end as method,
    verdicts.methods,
    verdicts.evidence,
    cast(
        case
            when not is_clear then 0
            when place <= 2 then 0.9998
            when place = 3 then 0.985
            else 0.979
        end as double
    ) as confidence_ratio
from verdicts
join subjects
    on subjects.transfer_id = verdicts.transfer_id
    and subjects.started_day = verdicts.started_day
    and subjects.side = verdicts.side

-- File transfers that came to a good end, with the sites that their records mean: the name in the
-- record, read through the aliases that hold on the day; else the site of the storage element.
-- An invalid name that no alias knows stays as it was recorded: matching compares names exactly.
-- grain: started_day, transfer_id
-- reads: raw.transfers, core.site_aliases, core.rses, core.sites
-- day: started_day
-- like: transfers
-- column: started_day | UTC day of the start (else of submission, of creation, of the end)
-- column: direction | download or upload, by the activity of a pilot's transfer; else NULL
-- column: is_direct_io | read by the job without a copy; bytes is the whole file's
-- column: is_local | both sites are known and equal
-- column: duration_s | whole seconds from start to end; NULL where unknown or negative
-- column: src_site_from | what gave src_site: record, alias, rse, or NULL for nothing
-- column: dst_site_from | what gave dst_site: record, alias, rse, or NULL for nothing
-- column: job_site | site of the job's end: written to by downloads, read from by uploads; else the
--    destination, then the source
-- column: site_cloud | cloud of job_site
-- column: tier_level | tier of job_site, 0 to 3
-- column: country | country of job_site
-- fail: transfer_id is not null
-- fail: is_local is not null
-- warn: coalesce(ended_at >= started_at, true)
with aliases as (
    select
        alias,
        site
    from core.site_aliases
    where coalesce(valid_from <= $day, true) and coalesce(valid_to > $day, true)
    qualify row_number() over (
        partition by alias order by valid_from desc nulls last, source, site
    ) = 1
),

placed_transfers as (
    select
        transfers.* exclude (src_site, dst_site),
        coalesce(src_aliases.site, transfers.src_site, src_rses.site) as src_site,
        coalesce(dst_aliases.site, transfers.dst_site, dst_rses.site) as dst_site,
        case
            when src_aliases.site is not null then 'alias'
            when transfers.src_site is not null then 'record'
            when src_rses.site is not null then 'rse'
        end as src_site_from,
        case
            when dst_aliases.site is not null then 'alias'
            when transfers.dst_site is not null then 'record'
            when dst_rses.site is not null then 'rse'
        end as dst_site_from,
        case
            when transfers.activity in (
                'Analysis Download', 'Analysis Download Direct IO', 'Production Download'
            ) then 'download'
            when transfers.activity in (
                'Analysis Upload', 'Production Upload',
                'Analysis Logs Upload', 'Production Logs Upload'
            ) then 'upload'
        end as direction
    from raw.transfers as transfers
    left join aliases as src_aliases on src_aliases.alias = transfers.src_site
    left join aliases as dst_aliases on dst_aliases.alias = transfers.dst_site
    left join core.rses as src_rses on src_rses.rse = transfers.src_rse
    left join core.rses as dst_rses on dst_rses.rse = transfers.dst_rse
    where transfers.started_day = $day
),

sided_transfers as (
    select
        placed_transfers.*,
        case direction
            when 'download' then dst_site
            when 'upload' then src_site
            else coalesce(dst_site, src_site)
        end as job_site
    from placed_transfers
)

select
    sided_transfers.*,
    coalesce(activity = 'Analysis Download Direct IO', false)
    or coalesce(state = 'FOUND_ROOT', false) as is_direct_io,
    coalesce(src_site = dst_site, false) as is_local,
    case
        when ended_at >= started_at
            then cast(
                epoch(date_trunc('second', ended_at))
                - epoch(date_trunc('second', started_at)) as bigint
            )
    end as duration_s,
    sites.cloud as site_cloud,
    sites.tier_level,
    sites.country
from sided_transfers
left join core.sites as sites on sites.site = sided_transfers.job_site

-- Figures 7 and 8 of the data-management paper: bytes a second on a link over time, of matched
-- transfers and of all. A copy's bytes are spread evenly from its start to its end, minute by
-- minute; one that took no second falls into its one minute. Direct reads (the part that was read,
-- and its end, are not known) and transfers without a usable end are counted in the bin of their
-- start and move nothing. Transfers that started in the window count to their end, beyond it too.
-- Links are chosen by pairs of sites: those with the most matched bytes in copies, both directions
-- together; a site's link to itself is a pair too. An unknown end is the site UNKNOWN.
-- A filter by place keeps both directions of every link with such an end.
-- grain: src_site, dst_site, bin_at
-- reads: core.transfers, core.job_transfers, core.jobs, core.sites
-- filters: links
-- argument: from_site = 'all' | only links from this site; 'all': any
-- argument: to_site = 'all' | only links to this site; 'all': any
-- argument: locality = 'all' of 'local', 'remote', 'all' | links within a site, or between two
-- argument: top_pairs = '6' | so many pairs of sites
-- argument: bin_minutes = '1' | length of a bin in minutes
-- argument: population = 'user' of 'user', 'production', 'all' | jobs that may match
-- argument: with_resource_type = 'all' | only matches by jobs of this resource type; 'all': any
-- argument: at_queue = 'all' | only matches by jobs of this PanDA queue; 'all': any
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2', 'direct' | the method of matching
-- column: position | rank of the pair of sites
-- column: src_site | site read from, or UNKNOWN
-- column: dst_site | site written to, or UNKNOWN
-- column: bin_at | start of the bin (UTC); a bin in which nothing moved or started has no row
-- column: moved_bytes | bytes of all copies that fall into the bin
-- column: matched_bytes | of these, bytes of matched copies
-- column: moved_mb_per_s | moved_bytes over the length of the bin, in MB/s (1e6 bytes)
-- column: matched_mb_per_s | matched_bytes over the length of the bin, in MB/s
-- column: moved_peak_mb_per_s | the same over the busiest minute of the bin
-- column: matched_peak_mb_per_s | matched bytes over the minute that is busiest with them
-- column: transfers | transfers that started in the bin, of whatever kind
-- column: matched_transfers | of these, matched ones
-- column: direct_io_transfers | direct reads that started in the bin
-- column: direct_io_bytes | their sizes, whole files; not in moved_bytes
-- column: unended_transfers | other transfers without a usable end that started in the bin
-- column: unended_bytes | their sizes; not in moved_bytes
-- column: unsized_transfers | copies without a size that started in the bin
with matches as (
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
        coalesce(src_site, 'UNKNOWN') as src_site,
        coalesce(dst_site, 'UNKNOWN') as dst_site,
        bytes,
        duration_s,
        case
            when is_direct_io then 'direct'
            when duration_s is null then 'unended'
            when bytes is null then 'unsized'
            else 'copy'
        end as kind,
        cast(
            epoch(
                date_trunc(
                    'second',
                    coalesce(
                        started_at,
                        submitted_at,
                        created_at,
                        ended_at,
                        cast(started_day as timestamp)
                    )
                )
            ) as bigint
        ) as from_s
    from core.transfers
    where $chosen_links
        and ($locality = 'all' or is_local = ($locality = 'local'))
        and ($from_site = 'all' or coalesce(src_site, 'UNKNOWN') = $from_site)
        and ($to_site = 'all' or coalesce(dst_site, 'UNKNOWN') = $to_site)
),

linked_transfers as (
    select
        transfers.*,
        matches.transfer_id is not null as is_matched,
        least(transfers.src_site, transfers.dst_site) as one_site,
        greatest(transfers.src_site, transfers.dst_site) as other_site
    from chosen_transfers as transfers
    left join matches
        on matches.transfer_id = transfers.transfer_id
        and matches.started_day = transfers.started_day
),

site_pairs as (
    select
        one_site,
        other_site,
        row_number() over (
            order by
                coalesce(sum(case when kind = 'copy' and is_matched then bytes end), 0) desc,
                coalesce(sum(case when kind = 'copy' then bytes end), 0) desc,
                one_site,
                other_site
        ) as position
    from linked_transfers
    group by one_site, other_site
),

shown_transfers as (
    select
        site_pairs.position,
        transfers.*
    from linked_transfers as transfers
    join site_pairs
        on site_pairs.one_site = transfers.one_site
        and site_pairs.other_site = transfers.other_site
    where site_pairs.position <= cast($top_pairs as bigint)
),

pieces as (
    select
        position,
        src_site,
        dst_site,
        is_matched,
        bytes,
        duration_s,
        from_s,
        unnest(
            generate_series(
                cast(floor(from_s / 60) as bigint),
                cast(floor((from_s + greatest(duration_s, 1) - 1) / 60) as bigint)
            )
        ) as minute
    from shown_transfers
    where kind = 'copy'
),

piece_bytes as (
    select
        position,
        src_site,
        dst_site,
        is_matched,
        minute,
        case
            when duration_s = 0 then bytes
            else bytes * (
                least(from_s + duration_s, (minute + 1) * 60) - greatest(from_s, minute * 60)
            ) / duration_s
        end as moved_bytes
    from pieces
),

minutes as (
    select
        position,
        src_site,
        dst_site,
        minute,
        sum(moved_bytes) as moved_bytes,
        coalesce(sum(case when is_matched then moved_bytes end), 0) as matched_bytes
    from piece_bytes
    group by position, src_site, dst_site, minute
),

starts as (
    select
        position,
        src_site,
        dst_site,
        cast(floor(from_s / 60) as bigint) as minute,
        count(*) as transfers,
        count(case when is_matched then 1 end) as matched_transfers,
        count(case when kind = 'direct' then 1 end) as direct_io_transfers,
        sum(case when kind = 'direct' then bytes end) as direct_io_bytes,
        count(case when kind = 'unended' then 1 end) as unended_transfers,
        sum(case when kind = 'unended' then bytes end) as unended_bytes,
        count(case when kind = 'unsized' then 1 end) as unsized_transfers
    from shown_transfers
    group by position, src_site, dst_site, cast(floor(from_s / 60) as bigint)
),

active_minutes as (
    select
        coalesce(minutes.position, starts.position) as position,
        coalesce(minutes.src_site, starts.src_site) as src_site,
        coalesce(minutes.dst_site, starts.dst_site) as dst_site,
        coalesce(minutes.minute, starts.minute) as minute,
        cast($bin_minutes as bigint) as bin_length,
        minutes.moved_bytes,
        minutes.matched_bytes,
        starts.transfers,
        starts.matched_transfers,
        starts.direct_io_transfers,
        starts.direct_io_bytes,
        starts.unended_transfers,
        starts.unended_bytes,
        starts.unsized_transfers
    from minutes
    full join starts
        on starts.src_site = minutes.src_site
        and starts.dst_site = minutes.dst_site
        and starts.minute = minutes.minute
)

select
    position,
    src_site,
    dst_site,
    epoch_ms(cast(floor(minute / bin_length) as bigint) * bin_length * 60000) as bin_at,
    coalesce(sum(moved_bytes), 0.0) as moved_bytes,
    coalesce(sum(matched_bytes), 0.0) as matched_bytes,
    coalesce(sum(moved_bytes), 0.0) / (bin_length * 60e6) as moved_mb_per_s,
    coalesce(sum(matched_bytes), 0.0) / (bin_length * 60e6) as matched_mb_per_s,
    coalesce(max(moved_bytes), 0.0) / 60e6 as moved_peak_mb_per_s,
    coalesce(max(matched_bytes), 0.0) / 60e6 as matched_peak_mb_per_s,
    cast(coalesce(sum(transfers), 0) as bigint) as transfers,
    cast(coalesce(sum(matched_transfers), 0) as bigint) as matched_transfers,
    cast(coalesce(sum(direct_io_transfers), 0) as bigint) as direct_io_transfers,
    cast(coalesce(sum(direct_io_bytes), 0) as bigint) as direct_io_bytes,
    cast(coalesce(sum(unended_transfers), 0) as bigint) as unended_transfers,
    cast(coalesce(sum(unended_bytes), 0) as bigint) as unended_bytes,
    cast(coalesce(sum(unsized_transfers), 0) as bigint) as unsized_transfers
from active_minutes
group by position, src_site, dst_site, bin_length, cast(floor(minute / bin_length) as bigint)
order by position, src_site, dst_site, bin_at

-- Figure 3 of the data-management paper: bytes moved from site to site, over all transfers that
-- started in the window, matched or not. An end that is not known is the site UNKNOWN, a row and a
-- column of its own; a cell in which nothing moved or failed has no row.
-- grain: src_site, dst_site
-- reads: core.transfers, core.transfer_failures, core.sites
-- filters: transfers
-- column: src_site | site read from, or UNKNOWN
-- column: dst_site | site written to, or UNKNOWN
-- column: src_label | src_site (country, tier), as the window's last map of the grid has them
-- column: dst_label | dst_site (country, tier)
-- column: src_tier_level | tier of src_site, 0 to 3
-- column: dst_tier_level | tier of dst_site, 0 to 3
-- column: src_country | country of src_site
-- column: dst_country | country of dst_site
-- column: is_local | both ends are known and one site: the cell is on the diagonal
-- column: transfers | transfers that came to a good end
-- column: failures | attempts that failed; their bytes are not counted
-- column: volume_bytes | sum of the known sizes
-- column: volume_tb | the same in TB (1e12 bytes)
-- column: direct_io_tb | of volume_tb, read by jobs without a copy: whole files, though a part may
--    have been read
-- column: unsized_transfers | transfers without a size, which add nothing to the volume
with moves as (
    select
        coalesce(src_site, 'UNKNOWN') as src_site,
        coalesce(dst_site, 'UNKNOWN') as dst_site,
        is_local,
        is_direct_io,
        bytes,
        true as is_done
    from core.transfers
    where $chosen_transfers
    union all
    select
        coalesce(src_site, 'UNKNOWN'),
        coalesce(dst_site, 'UNKNOWN'),
        is_local,
        is_direct_io,
        bytes,
        false
    from core.transfer_failures
    where $chosen_transfers
),

cells as (
    select
        src_site,
        dst_site,
        bool_or(is_local) as is_local,
        count(case when is_done then 1 end) as transfers,
        count(case when not is_done then 1 end) as failures,
        cast(coalesce(sum(case when is_done then bytes end), 0) as bigint) as volume_bytes,
        coalesce(sum(case when is_done and is_direct_io then bytes end), 0) / 1e12 as direct_io_tb,
        count(case when is_done and bytes is null then 1 end) as unsized_transfers
    from moves
    group by src_site, dst_site
),

places as (
    select
        site,
        tier_level,
        country,
        concat_ws(', ', country, 'T' || cast(tier_level as varchar)) as place
    from core.sites
    where dump_day >= $window_start and dump_day < $window_end
    qualify row_number() over (partition by site order by dump_day desc) = 1
)

select
    cells.src_site,
    cells.dst_site,
    cells.src_site || coalesce(' (' || nullif(src_places.place, '') || ')', '') as src_label,
    cells.dst_site || coalesce(' (' || nullif(dst_places.place, '') || ')', '') as dst_label,
    src_places.tier_level as src_tier_level,
    dst_places.tier_level as dst_tier_level,
    src_places.country as src_country,
    dst_places.country as dst_country,
    cells.is_local,
    cells.transfers,
    cells.failures,
    cells.volume_bytes,
    cells.volume_bytes / 1e12 as volume_tb,
    cells.direct_io_tb,
    cells.unsized_transfers
from cells
left join places as src_places on src_places.site = cells.src_site
left join places as dst_places on dst_places.site = cells.dst_site
order by cells.volume_bytes desc, cells.src_site, cells.dst_site

-- The numbers of sec. 3.2 of the data-management paper: how evenly the bytes of the window fall on
-- the cells of mart.site_transfer_volumes. The mean is over all cells, the empty ones too (the
-- paper's 957.98 PB over 111 x 111 cells are its 77.75 TB); the geometric mean can only be over
-- the cells with bytes, so their number stands beside it.
-- grain: total_tb
-- reads: mart.site_transfer_volumes
-- filters: transfers
-- argument: outlier_pb = '30' | a cell above so many PB (1e15 bytes) is an outlier
-- column: total_tb | bytes of all transfers, in TB (1e12 bytes)
-- column: local_tb | of these, within one known site: the diagonal
-- column: remote_tb | of these, between two known sites
-- column: unknown_tb | of these, with an end that is not known
-- column: direct_io_tb | of total_tb, read by jobs without a copy (whole files)
-- column: local_ratio | local_tb over total_tb; NULL where nothing moved
-- column: transfers | transfers that came to a good end
-- column: sites | sites at either end of a transfer, UNKNOWN among them
-- column: cells | sites times sites
-- column: filled_cells | cells with bytes
-- column: mean_tb | total_tb over all cells; NULL where there is none
-- column: geometric_mean_tb | geometric mean over the cells with bytes
-- column: largest_tb | volume of the largest cell
-- column: largest_src_site | site that the largest cell was read from
-- column: largest_dst_site | site that the largest cell was written to
-- column: outlier_cells | cells above outlier_pb
with filled_cells as (
    select
        src_site,
        dst_site,
        is_local,
        transfers,
        volume_tb,
        direct_io_tb,
        row_number() over (order by volume_tb desc, src_site, dst_site) as position
    from mart.site_transfer_volumes($same_transfers)
    where transfers > 0
),

ends as (
    select src_site as site from filled_cells
    union
    select dst_site from filled_cells
),

counts as (
    select
        count(*) as sites,
        count(*) * count(*) as cells
    from ends
),

sums as (
    select
        coalesce(sum(volume_tb), 0) as total_tb,
        coalesce(sum(case when is_local then volume_tb end), 0) as local_tb,
        coalesce(
            sum(case when src_site = 'UNKNOWN' or dst_site = 'UNKNOWN' then volume_tb end), 0
        ) as unknown_tb,
        coalesce(sum(direct_io_tb), 0) as direct_io_tb,
        coalesce(cast(sum(transfers) as bigint), 0) as transfers,
        count(case when volume_tb > 0 then 1 end) as filled_cells,
        exp(avg(case when volume_tb > 0 then ln(volume_tb) end)) as geometric_mean_tb,
        max(volume_tb) as largest_tb,
        max(case when position = 1 then src_site end) as largest_src_site,
        max(case when position = 1 then dst_site end) as largest_dst_site,
        count(case when volume_tb > cast($outlier_pb as double) * 1000 then 1 end) as outlier_cells
    from filled_cells
)

select
    sums.total_tb,
    sums.local_tb,
    sums.total_tb - sums.local_tb - sums.unknown_tb as remote_tb,
    sums.unknown_tb,
    sums.direct_io_tb,
    sums.local_tb / nullif(sums.total_tb, 0) as local_ratio,
    sums.transfers,
    counts.sites,
    counts.cells,
    sums.filled_cells,
    sums.total_tb / nullif(counts.cells, 0) as mean_tb,
    sums.geometric_mean_tb,
    sums.largest_tb,
    sums.largest_src_site,
    sums.largest_dst_site,
    sums.outlier_cells
from sums
cross join counts

-- Pairs of sites of which one direction carried far more bytes on a day than the other, although
-- both sites asked for about as many files (data-management paper, sec. 5.3: use in opposite
-- directions is not symmetric). A row is named by its heavy direction; a filter by
-- place keeps both ways of every link with such an end. All links, over the whole window, are in
-- mart.link_asymmetry.
-- Ten times: sums of ten files do not differ so much by their sizes alone. A quarter of the files:
-- where one side hardly asks, as at a site that only exports, asymmetry is what one expects.
-- What it costs is not known, so that no loss is counted.
-- grain: day, src_site, dst_site
-- reads: core.transfers, core.sites
-- filters: links
-- argument: least_times = '10' | times that the heavy direction carries the bytes of the other
-- argument: least_transfers = '10' | transfers of the day in each direction
-- argument: least_demand_ratio = '0.25' | least number of transfers of a direction, as a share of
--    that of the other
-- column: day | UTC day on which the transfers began
-- column: src_site | source of the heavy direction
-- column: dst_site | destination of the heavy direction
-- column: transfers | transfers of the heavy direction
-- column: back_transfers | transfers of the other
-- column: bytes | bytes of the heavy direction
-- column: back_bytes | bytes of the other
-- column: times | bytes over back_bytes
-- column: usual_times | the same over the rest of the window; NULL where the other carried nothing
-- column: asymmetry_ratio | bytes less back_bytes over their sum: 0 alike, 1 all one way
-- column: confidence_ratio | transfers of the lesser direction over these and ten; half of that
--    where the rest of the window is as lopsided: the pair may be so by nature
with links as (
    select
        started_day,
        src_site,
        dst_site,
        count(*) as transfers,
        cast(sum(bytes) as bigint) as bytes
    from core.transfers
    where $chosen_links
        and src_site <> dst_site
        and bytes is not null
    group by started_day, src_site, dst_site
),

whole_links as (
    select
        src_site,
        dst_site,
        cast(sum(bytes) as bigint) as bytes
    from links
    group by src_site, dst_site
),

pairs as (
    select
        links.*,
        back.transfers as back_transfers,
        back.bytes as back_bytes,
        (whole.bytes - links.bytes) / nullif(whole_back.bytes - back.bytes, 0) as usual_times
    from links
    join links as back
        on back.started_day = links.started_day
        and back.src_site = links.dst_site
        and back.dst_site = links.src_site
    join whole_links as whole
        on whole.src_site = links.src_site and whole.dst_site = links.dst_site
    join whole_links as whole_back
        on whole_back.src_site = back.src_site and whole_back.dst_site = back.dst_site
    where links.bytes > 0
        and links.bytes >= cast($least_times as double) * back.bytes
        and least(links.transfers, back.transfers) >= cast($least_transfers as bigint)
        and least(links.transfers, back.transfers)
        >= cast($least_demand_ratio as double) * greatest(links.transfers, back.transfers)
)

select
    started_day as day,
    src_site,
    dst_site,
    transfers,
    back_transfers,
    bytes,
    back_bytes,
    bytes / nullif(back_bytes, 0) as times,
    usual_times,
    (bytes - back_bytes) / (bytes + back_bytes) as asymmetry_ratio,
    least(transfers, back_transfers) / (least(transfers, back_transfers) + 10)
    * case when usual_times >= cast($least_times as double) then 0.5e0 else 1.0e0 end
        as confidence_ratio
from pairs

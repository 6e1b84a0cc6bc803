-- How unlike the two directions between two sites are (data-management paper, sec. 5.3): bytes and
-- speed each way, over all transfers that started in the window, matched or not. Forward is from
-- the first site by name to the second. Links with an unknown end have no way back and are left
-- out; mart.site_transfer_volumes has them. A filter by place keeps both ways of every link with
-- such an end. mart.asymmetric_links tells the days on which asymmetry is not what one expects.
-- grain: site, other_site
-- reads: core.transfers, core.sites
-- filters: links
-- column: site | first site of the pair, by name
-- column: other_site | second site of the pair
-- column: forward_transfers | transfers from site to other_site
-- column: backward_transfers | transfers from other_site to site
-- column: forward_tb | their bytes in TB (1e12 bytes), direct reads as whole files
-- column: backward_tb | bytes of the way back, in TB
-- column: pair_tb | bytes of both ways, in TB
-- column: asymmetry_index | (forward - backward) / (forward + backward), from -1 to 1; NULL where
--    no size is known
-- column: forward_mb_per_s | speed of a transfer: bytes of the copies with a known end over the sum
--    of their seconds, in MB/s (1e6 bytes); NULL where there is none
-- column: backward_mb_per_s | speed of a transfer on the way back
with chosen_transfers as (
    select
        src_site < dst_site as is_forward,
        least(src_site, dst_site) as site,
        greatest(src_site, dst_site) as other_site,
        bytes,
        case when not is_direct_io and duration_s > 0 and bytes is not null then duration_s end
            as copy_s
    from core.transfers
    where $chosen_links
        and src_site <> dst_site
),

site_pairs as (
    select
        site,
        other_site,
        count(case when is_forward then 1 end) as forward_transfers,
        count(case when not is_forward then 1 end) as backward_transfers,
        coalesce(sum(case when is_forward then bytes end), 0) / 1e12 as forward_tb,
        coalesce(sum(case when not is_forward then bytes end), 0) / 1e12 as backward_tb,
        sum(case when is_forward and copy_s > 0 then bytes end)
        / sum(case when is_forward then copy_s end) / 1e6 as forward_mb_per_s,
        sum(case when not is_forward and copy_s > 0 then bytes end)
        / sum(case when not is_forward then copy_s end) / 1e6 as backward_mb_per_s
    from chosen_transfers
    group by site, other_site
)

select
    site,
    other_site,
    forward_transfers,
    backward_transfers,
    forward_tb,
    backward_tb,
    forward_tb + backward_tb as pair_tb,
    (forward_tb - backward_tb) / nullif(forward_tb + backward_tb, 0) as asymmetry_index,
    forward_mb_per_s,
    backward_mb_per_s
from site_pairs
order by pair_tb desc, site, other_site

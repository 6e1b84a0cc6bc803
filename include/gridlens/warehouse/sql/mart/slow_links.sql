-- Links whose throughput fell far below what they else showed in the window: bandwidth that is there
-- and was not used (data-management paper, sec. 5.3 and 5.4). A spell of some hours is compared with
-- the rest of the window, by the geometric mean of the transfers' throughput; a link is slow on a
-- day if one of its spells is. Both ends must be known; they may be one site. A filter by place keeps
-- both ways of every link with such an end.
-- Ten times below: the factor between the copies of Fig. 10 and of Fig. 11, rounded down. Five
-- standard errors below, so that it is no chance where a link's transfers differ much by nature.
-- Three hours and ten transfers: as short as most links' traffic allows. Files under 100 MB are left
-- out, for their time is mostly set-up.
-- grain: day, src_site, dst_site
-- reads: core.transfers, core.sites
-- filters: links
-- argument: spell_h = '3' | hours that are looked at together
-- argument: least_times = '10' | times below the rest of the window from which a spell is slow
-- argument: least_errors = '5' | standard errors below it
-- argument: least_transfers = '10' | transfers in the spell, and in the rest
-- argument: least_bytes = '100000000' | bytes from which a file counts
-- column: day | UTC day on which the transfers began
-- column: src_site | site of the source
-- column: dst_site | site of the destination
-- column: spells | slow spells of the day
-- column: transfers | transfers that began in them
-- column: bytes | bytes that they moved
-- column: first_at | when the first of them began
-- column: last_at | when the last of them began
-- column: typical_bytes_per_s | geometric mean of their throughput
-- column: usual_bytes_per_s | geometric mean of that of the link's other transfers, as the slow
--    spells of the day have them on average
-- column: slowdown | usual over typical
-- column: loss_s | seconds that they took beyond what their bytes take at the usual throughput
-- column: confidence_ratio | transfers over transfers and ten: half sure of the fewest, more of many
with chosen_transfers as (
    select
        started_day,
        src_site,
        dst_site,
        started_at,
        bytes,
        duration_s,
        cast(floor(epoch(started_at) / (3600 * cast($spell_h as double))) as bigint) as spell,
        -- times are whole seconds, so that a copy of no length took up to one
        ln(bytes / greatest(duration_s, 1)) as log_rate
    from core.transfers
    where $chosen_links
        and bytes >= cast($least_bytes as bigint)
        and bytes > 0
        and duration_s is not null
        and src_site is not null
        and dst_site is not null
),

spells as (
    select
        started_day,
        src_site,
        dst_site,
        spell,
        count(*) as transfers,
        cast(sum(bytes) as bigint) as bytes,
        cast(sum(duration_s) as bigint) as duration_s,
        min(started_at) as first_at,
        max(started_at) as last_at,
        sum(log_rate) as log_sum,
        sum(log_rate * log_rate) as log_square_sum
    from chosen_transfers
    group by started_day, src_site, dst_site, spell
),

links as (
    select
        src_site,
        dst_site,
        cast(sum(transfers) as bigint) as transfers,
        sum(log_sum) as log_sum,
        sum(log_square_sum) as log_square_sum
    from spells
    group by src_site, dst_site
),

compared_spells as (
    select
        spells.*,
        spells.log_sum / spells.transfers as log_mean,
        (links.log_sum - spells.log_sum) / (links.transfers - spells.transfers) as rest_log_mean,
        (links.log_square_sum - spells.log_square_sum) / (links.transfers - spells.transfers)
            as rest_log_square_mean
    from spells
    join links on links.src_site = spells.src_site and links.dst_site = spells.dst_site
    where spells.transfers >= cast($least_transfers as bigint)
        and links.transfers - spells.transfers >= greatest(cast($least_transfers as bigint), 1)
),

slow_spells as (
    select *
    from compared_spells
    where rest_log_mean - log_mean >= ln(cast($least_times as double))
        and (rest_log_mean - log_mean) * sqrt(transfers)
        >= cast($least_errors as double)
        * sqrt(greatest(rest_log_square_mean - rest_log_mean * rest_log_mean, 0))
)

select
    started_day as day,
    src_site,
    dst_site,
    count(*) as spells,
    cast(sum(transfers) as bigint) as transfers,
    cast(sum(bytes) as bigint) as bytes,
    min(first_at) as first_at,
    max(last_at) as last_at,
    exp(sum(log_sum) / sum(transfers)) as typical_bytes_per_s,
    exp(sum(rest_log_mean * transfers) / sum(transfers)) as usual_bytes_per_s,
    exp(sum((rest_log_mean - log_mean) * transfers) / sum(transfers)) as slowdown,
    cast(round(sum(greatest(duration_s - bytes / exp(rest_log_mean), 0))) as bigint) as loss_s,
    sum(transfers) / (sum(transfers) + 10) as confidence_ratio
from slow_spells
group by started_day, src_site, dst_site

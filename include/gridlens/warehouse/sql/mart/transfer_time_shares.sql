-- Share of a matched job's queue time and of its wall time in which at least one of its transfers
-- was moving (data-management paper, sec. 5.1), over the jobs that ended in the window. The
-- geometric mean is over shares above 0, so the number of zeros stands beside it.
-- grain: position
-- reads: mart.job_transfer_times
-- filters: jobs
-- column: position | order of the rows
-- column: method | exact, rm1 or rm2
-- column: quantity | queue: creation to start; wall: start to end
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | matched jobs
-- column: share_jobs | of these, jobs whose time is known and above 0; the shares are theirs
-- column: mean_ratio | mean share, zeros included
-- column: geometric_mean_ratio | geometric mean of the shares above 0
-- column: max_ratio | largest share
-- column: zero_jobs | jobs whose share is 0
-- column: no_end_jobs | of the zeros, jobs none of whose transfers has a usable end
-- column: transfers | matched transfers of the matched jobs
-- column: transfers_without_end | of these, transfers left out for want of a usable end
with rows_to_fill as (
    select *
    from (
        values
        (1, 'exact', 'queue'),
        (2, 'rm1', 'queue'),
        (3, 'rm2', 'queue'),
        (4, 'exact', 'wall'),
        (5, 'rm1', 'wall'),
        (6, 'rm2', 'wall')
    ) as named (position, method, quantity)
),

chosen_jobs as (
    select
        method,
        queue_share_ratio,
        wall_share_ratio,
        transfers,
        transfers_without_end
    from mart.job_transfer_times
    where $chosen_jobs
),

shares as (
    select
        method,
        'queue' as quantity,
        queue_share_ratio as share_ratio,
        transfers,
        transfers_without_end
    from chosen_jobs
    union all
    select
        method,
        'wall',
        wall_share_ratio,
        transfers,
        transfers_without_end
    from chosen_jobs
),

statistics as (
    select
        method,
        quantity,
        count(*) as jobs,
        count(share_ratio) as share_jobs,
        avg(share_ratio) as mean_ratio,
        exp(avg(case when share_ratio > 0 then ln(share_ratio) end)) as geometric_mean_ratio,
        max(share_ratio) as max_ratio,
        count(case when share_ratio = 0 then 1 end) as zero_jobs,
        count(case when share_ratio = 0 and transfers = transfers_without_end then 1 end)
            as no_end_jobs,
        cast(sum(transfers) as bigint) as transfers,
        cast(sum(transfers_without_end) as bigint) as transfers_without_end
    from shares
    group by method, quantity
)

select
    rows_to_fill.position,
    rows_to_fill.method,
    rows_to_fill.quantity,
    $population as population,
    coalesce(statistics.jobs, 0) as jobs,
    coalesce(statistics.share_jobs, 0) as share_jobs,
    statistics.mean_ratio,
    statistics.geometric_mean_ratio,
    statistics.max_ratio,
    coalesce(statistics.zero_jobs, 0) as zero_jobs,
    coalesce(statistics.no_end_jobs, 0) as no_end_jobs,
    coalesce(statistics.transfers, 0) as transfers,
    coalesce(statistics.transfers_without_end, 0) as transfers_without_end
from rows_to_fill
left join statistics
    on statistics.method = rows_to_fill.method and statistics.quantity = rows_to_fill.quantity
order by rows_to_fill.position

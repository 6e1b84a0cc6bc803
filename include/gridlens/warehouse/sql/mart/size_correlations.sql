-- Whether jobs with more bytes to move wait or transfer longer (data-management paper, sec. 5.3,
-- which finds no significant correlation). Over matched jobs whose bytes and time are both known
-- and above 0. Pearson's coefficient is of the values, Spearman's of their ranks, where equal
-- values share their mean rank. The intervals are of 95 %, by Fisher's transformation, Spearman's
-- wider by 1 + rho squared over 2 (Bonett and Wright); they ask for more than three jobs.
-- grain: quantity, locality
-- reads: mart.job_transfer_times
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- column: quantity | time that is held against the bytes: queue, or transfer whenever it was
-- column: locality | local, remote, mixed or all
-- column: jobs | jobs with both values
-- column: pearson_coefficient | of the values, -1 to 1; NULL where they do not vary
-- column: low_pearson_coefficient | lower end of the interval
-- column: high_pearson_coefficient | upper end of the interval
-- column: spearman_coefficient | of the ranks, -1 to 1; NULL where they do not vary
-- column: low_spearman_coefficient | lower end of the interval
-- column: high_spearman_coefficient | upper end of the interval
-- column: is_significant | the interval of Spearman's coefficient leaves out 0; NULL without one
with rows_to_fill as (
    select *
    from (
        values
        ('queue', 'local'),
        ('queue', 'remote'),
        ('queue', 'mixed'),
        ('queue', 'all'),
        ('transfer', 'local'),
        ('transfer', 'remote'),
        ('transfer', 'mixed'),
        ('transfer', 'all')
    ) as named (quantity, locality)
),

chosen_jobs as (
    select
        jobs.locality,
        jobs.bytes,
        jobs.queue_s,
        jobs.transfer_s
    from mart.job_transfer_times as jobs
    where $chosen_jobs
        and jobs.method = $method
        and jobs.bytes > 0
),

points as (
    select
        rows_to_fill.quantity,
        rows_to_fill.locality,
        cast(jobs.bytes as double) as x,
        cast(
            case rows_to_fill.quantity when 'queue' then jobs.queue_s else jobs.transfer_s end
            as double
        ) as y
    from rows_to_fill
    join chosen_jobs as jobs
        on rows_to_fill.locality = 'all' or jobs.locality = rows_to_fill.locality
    where case rows_to_fill.quantity when 'queue' then jobs.queue_s else jobs.transfer_s end > 0
),

ranked_points as (
    select
        quantity,
        locality,
        x,
        y,
        rank() over (partition by quantity, locality order by x)
        + (count(*) over (partition by quantity, locality, x) - 1) / 2e0 as x_rank,
        rank() over (partition by quantity, locality order by y)
        + (count(*) over (partition by quantity, locality, y) - 1) / 2e0 as y_rank
    from points
),

coefficients as (
    select
        quantity,
        locality,
        count(*) as jobs,
        case when min(x) < max(x) and min(y) < max(y) then corr(x, y) end as pearson,
        case when min(x) < max(x) and min(y) < max(y) then corr(x_rank, y_rank) end as spearman
    from ranked_points
    group by quantity, locality
),

transformations as (
    select
        *,
        case
            when jobs > 3 and abs(pearson) < 1 then ln((1 + pearson) / (1 - pearson)) / 2
        end as pearson_z,
        case
            when jobs > 3 and abs(spearman) < 1 then ln((1 + spearman) / (1 - spearman)) / 2
        end as spearman_z,
        1.96e0 * sqrt(1e0 / nullif(greatest(jobs - 3, 0), 0)) as half_z,
        sqrt(1 + spearman * spearman / 2) as spearman_wider
    from coefficients
),

intervals as (
    select
        quantity,
        locality,
        jobs,
        pearson,
        tanh(pearson_z - half_z) as low_pearson,
        tanh(pearson_z + half_z) as high_pearson,
        spearman,
        tanh(spearman_z - half_z * spearman_wider) as low_spearman,
        tanh(spearman_z + half_z * spearman_wider) as high_spearman
    from transformations
)

select
    rows_to_fill.quantity,
    rows_to_fill.locality,
    coalesce(intervals.jobs, 0) as jobs,
    intervals.pearson as pearson_coefficient,
    intervals.low_pearson as low_pearson_coefficient,
    intervals.high_pearson as high_pearson_coefficient,
    intervals.spearman as spearman_coefficient,
    intervals.low_spearman as low_spearman_coefficient,
    intervals.high_spearman as high_spearman_coefficient,
    intervals.low_spearman > 0 or intervals.high_spearman < 0 as is_significant
from rows_to_fill
left join intervals
    on intervals.quantity = rows_to_fill.quantity and intervals.locality = rows_to_fill.locality
order by rows_to_fill.quantity, rows_to_fill.locality

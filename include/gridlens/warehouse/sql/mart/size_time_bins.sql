-- Matched jobs by bytes moved and by queue or transfer time, four bins a power of ten: what the
-- coefficients of mart.size_correlations stand on. Jobs whose bytes or time are unknown or not
-- above 0 have no place on logarithmic axes and are left out.
-- grain: quantity, locality, from_bytes, from_s
-- reads: mart.job_transfer_times
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- column: quantity | time that is held against the bytes: queue, or transfer whenever it was
-- column: locality | local, remote or mixed
-- column: from_bytes | lower end of the bin of bytes
-- column: to_bytes | upper end of it, which belongs to the next
-- column: from_s | lower end of the bin of the time, in seconds
-- column: to_s | upper end of it, which belongs to the next
-- column: jobs | jobs in the bin
with chosen_jobs as (
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
        'queue' as quantity,
        locality,
        bytes,
        queue_s as time_s
    from chosen_jobs
    where queue_s > 0
    union all
    select
        'transfer',
        locality,
        bytes,
        transfer_s
    from chosen_jobs
    where transfer_s > 0
),

bins as (
    select
        quantity,
        locality,
        floor(4 * log10(bytes)) as bytes_bin,
        floor(4 * log10(time_s)) as time_bin,
        count(*) as jobs
    from points
    group by quantity, locality, floor(4 * log10(bytes)), floor(4 * log10(time_s))
)

select
    quantity,
    locality,
    power(10e0, bytes_bin / 4) as from_bytes,
    power(10e0, (bytes_bin + 1) / 4) as to_bytes,
    power(10e0, time_bin / 4) as from_s,
    power(10e0, (time_bin + 1) / 4) as to_s,
    jobs
from bins
order by quantity, locality, from_bytes, from_s

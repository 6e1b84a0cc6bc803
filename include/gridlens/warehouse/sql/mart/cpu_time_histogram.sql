-- CPU time of the jobs of the window in logarithmic bins (introspective paper, Fig. 2a). It counts
-- all cores together. Every job is in one bin: those without CPU time in bin -1, those whose CPU
-- time is unknown or negative in bin -2.
-- grain: bin
-- reads: core.jobs
-- filters: jobs
-- argument: bins_a_decade = '4' of '1', '2', '4', '5', '10' | bins from one power of ten to the
--    next
-- column: bin | number of the bin: 0 begins at 1 s; -1: no CPU time; -2: unknown
-- column: from_s | least CPU time of the bin, in seconds; NULL where unknown
-- column: to_s | CPU time that the bin no longer holds, in seconds; NULL where unknown
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs of the bin
-- column: jobs_ratio | share of all jobs
-- column: cpu_s | their CPU time, in seconds
with settings as (
    select cast($bins_a_decade as bigint) as bins
),

-- jobs with the same CPU time are one row from here on
times as (
    select
        case when cpuconsumptiontime >= 0 then cpuconsumptiontime end as cpu_s,
        count(*) as jobs
    from core.jobs
    where $chosen_jobs
    group by case when cpuconsumptiontime >= 0 then cpuconsumptiontime end
),

binned_times as (
    select
        case
            when times.cpu_s is null then -2
            when times.cpu_s = 0 then -1
            else cast(floor(log10(times.cpu_s) * settings.bins) as bigint)
        end as bin,
        times.cpu_s,
        times.jobs
    from times
    cross join settings
),

counts as (
    select
        bin,
        cast(sum(jobs) as bigint) as jobs,
        cast(coalesce(sum(cpu_s * jobs), 0) as bigint) as cpu_s
    from binned_times
    group by bin
)

select
    counts.bin,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin as double) / settings.bins)
        when counts.bin = -1 then 0
    end as from_s,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin + 1 as double) / settings.bins)
        when counts.bin = -1 then 1
    end as to_s,
    $population as population,
    counts.jobs,
    counts.jobs / sum(counts.jobs) over () as jobs_ratio,
    counts.cpu_s
from counts
cross join settings
order by counts.bin

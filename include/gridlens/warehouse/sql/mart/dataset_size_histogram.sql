-- Sizes of the datasets that were made in the window, in logarithmic bins (introspective paper,
-- Fig. 3a). JEDI has a record of a dataset for every task that uses it; here a name counts once,
-- with the largest size that its records tell. A recorded size of 0 means that none is known, so
-- that an empty dataset cannot be told from one of unknown size: both are in bin -2. A dataset is
-- chosen if the filters choose a job, ended before the window's end, of a task that uses it.
-- grain: bin
-- reads: core.datasets, core.jobs
-- filters: tasks
-- argument: population = 'all' of 'user', 'production', 'all' | 'user': datasets of tasks with jobs
--    of users; 'production': of tasks with other jobs; 'all': every dataset
-- argument: of_type = 'input' of 'input', 'output', 'log', 'all' | datasets that are counted
-- argument: bins_a_decade = '4' of '1', '2', '4', '5', '10' | bins from one power of ten to the
--    next
-- column: bin | number of the bin: 0 begins at 1 byte; -2: unknown or empty
-- column: from_bytes | least size of the bin, in bytes; NULL where unknown
-- column: to_bytes | size that the bin no longer holds, in bytes; NULL where unknown
-- column: datasets | datasets of the bin
-- column: datasets_ratio | share of all datasets
-- column: bytes | their sizes together, in bytes
with settings as (
    select cast($bins_a_decade as bigint) as bins
),

-- the scope before the colon is not always recorded
sizes as (
    select
        case
            when strpos(datasetname, ':') > 0 then split_part(datasetname, ':', 2)
            else datasetname
        end as dataset,
        max(case when bytes > 0 then bytes end) as bytes
    from core.datasets
    where created_day >= $window_start and created_day < $window_end
        and ($of_type = 'all' or type = $of_type)
        and (
            $population = 'all'
            or jeditaskid in (
                select jobs.jeditaskid
                from core.jobs as jobs
                where jobs.job_day < $window_end
                    and $population <> 'all'
                    and jobs.is_user_job = ($population = 'user')
            )
        )
        and $chosen_tasks
    group by
        case
            when strpos(datasetname, ':') > 0 then split_part(datasetname, ':', 2)
            else datasetname
        end
),

binned_sizes as (
    select
        case
            when sizes.bytes is null then -2
            else cast(floor(log10(sizes.bytes) * settings.bins) as bigint)
        end as bin,
        sizes.bytes
    from sizes
    cross join settings
),

counts as (
    select
        bin,
        count(*) as datasets,
        cast(coalesce(sum(bytes), 0) as bigint) as bytes
    from binned_sizes
    group by bin
)

select
    counts.bin,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin as double) / settings.bins)
    end as from_bytes,
    case
        when counts.bin >= 0 then power(10, cast(counts.bin + 1 as double) / settings.bins)
    end as to_bytes,
    counts.datasets,
    counts.datasets / sum(counts.datasets) over () as datasets_ratio,
    counts.bytes
from counts
cross join settings
order by counts.bin

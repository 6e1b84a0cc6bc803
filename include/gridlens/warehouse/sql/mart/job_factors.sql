-- What is known of a job before it starts, beside how it ended: the factors that failures and
-- waiting times are set against. The bins of the input's size go up in steps of about three.
-- grain: job_day, pandaid
-- reads: core.jobs
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task; NULL where the record names none
-- column: creationtime | when the job was made
-- column: endtime | when the job ended
-- column: jobstatus | state in which the job ended
-- column: is_failed | true: failed; false: finished; NULL: any other end
-- column: queue_s | seconds from creation to start; NULL where unknown or negative
-- column: input_bytes | sum of the input files; NULL where unknown, 0 where there are none
-- column: size_position | order of the bins of size
-- column: size_bin | bin of input_bytes; 'no input' and 'unknown' are bins of their own
-- column: user_group | working group, else the processing type, else 'none'
-- column: workinggroup | working group, else 'none'
-- column: processingtype | kind of processing, else 'none'
-- column: corecount | cores asked for, else 1
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- fail: size_bin is not null
with size_bins as (
    select *
    from (
        values
        (3, '< 100 MB', 1, 100000000),
        (4, '100 to 300 MB', 100000000, 300000000),
        (5, '300 MB to 1 GB', 300000000, 1000000000),
        (6, '1 to 3 GB', 1000000000, 3000000000),
        (7, '3 to 10 GB', 3000000000, 10000000000),
        (8, '10 to 30 GB', 10000000000, 30000000000),
        (9, '30 to 100 GB', 30000000000, 100000000000),
        (10, '>= 100 GB', 100000000000, cast(9223372036854775807 as bigint))
    ) as named (size_position, size_bin, from_bytes, below_bytes)
),

sized_jobs as (
    select
        jobs.*,
        -- some records count no input files and still know their bytes
        case
            when inputfilebytes > 0 then inputfilebytes
            when inputfilebytes = 0 or ninputdatafiles = 0 then 0
        end as input_bytes
    from core.jobs as jobs
    where job_day = $day
)

select
    sized_jobs.job_day,
    sized_jobs.pandaid,
    sized_jobs.jeditaskid,
    sized_jobs.creationtime,
    sized_jobs.endtime,
    sized_jobs.jobstatus,
    case sized_jobs.jobstatus when 'failed' then true when 'finished' then false end as is_failed,
    case when sized_jobs.queue_s >= 0 then sized_jobs.queue_s end as queue_s,
    sized_jobs.input_bytes,
    coalesce(size_bins.size_position, case when sized_jobs.input_bytes = 0 then 2 else 1 end)
        as size_position,
    coalesce(
        size_bins.size_bin, case when sized_jobs.input_bytes = 0 then 'no input' else 'unknown' end
    ) as size_bin,
    coalesce(sized_jobs.workinggroup, sized_jobs.processingtype, 'none') as user_group,
    coalesce(sized_jobs.workinggroup, 'none') as workinggroup,
    coalesce(sized_jobs.processingtype, 'none') as processingtype,
    coalesce(sized_jobs.corecount, 1) as corecount,
    sized_jobs.is_user_job,
    sized_jobs.computingsite,
    sized_jobs.site,
    sized_jobs.site_cloud,
    sized_jobs.tier_level,
    sized_jobs.country,
    sized_jobs.resource_type
from sized_jobs
left join size_bins
    on sized_jobs.input_bytes >= size_bins.from_bytes
    and sized_jobs.input_bytes < size_bins.below_bytes

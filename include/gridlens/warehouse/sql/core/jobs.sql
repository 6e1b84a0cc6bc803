-- PanDA jobs that have come to an end, with their queue's place on the grid and the lengths of
-- their stages. Lengths are whole seconds: what PanDA records, and what two engines count alike.
-- grain: job_day, pandaid
-- reads: raw.jobs, core.queues, core.sites
-- day: job_day
-- like: jobs
-- column: job_day | UTC day of the job's end (else of its last change, else of the record's)
-- column: site | ATLAS site of the queue; NULL where the dump of the day does not know the queue
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: is_queue_known | the dump that holds on the day knows the queue
-- column: is_user_job | prodsourcelabel is 'user'
-- column: cores | cores given, else asked for, else 1
-- column: queue_s | seconds from creation to start; NULL where either is unknown
-- column: wall_s | seconds from start to end; NULL where either is unknown
-- column: lifetime_s | seconds from creation to end; NULL where either is unknown
-- column: time_getjob_s | pilot's seconds to get the job, first field of pilottiming
-- column: time_stagein_s | pilot's seconds of stage-in, second field
-- column: time_payload_s | pilot's seconds of the payload, third field
-- column: time_stageout_s | pilot's seconds of stage-out, fourth field
-- column: time_initial_setup_s | pilot's seconds of its own set-up, fifth field, if any
-- column: time_setup_s | pilot's seconds of the payload's set-up, sixth field, if any
-- fail: pandaid is not null
-- fail: is_user_job is not null
-- warn: coalesce(queue_s, 0) >= 0
-- warn: coalesce(wall_s, 0) >= 0
with timed_jobs as (
    select
        jobs.*,
        -- anything but four to six fields is not a pilot's timing
        case
            when length(pilottiming) - length(replace(pilottiming, '|', '')) between 3 and 5
                then pilottiming
        end as stages
    from raw.jobs as jobs
    where jobs.job_day = $day
)

select
    timed_jobs.* exclude (stages),
    queues.site,
    sites.cloud as site_cloud,
    sites.tier_level,
    sites.country,
    queues.queue is not null as is_queue_known,
    coalesce(timed_jobs.prodsourcelabel = 'user', false) as is_user_job,
    coalesce(timed_jobs.actualcorecount, timed_jobs.corecount, 1) as cores,
    cast(
        epoch(date_trunc('second', timed_jobs.starttime))
        - epoch(date_trunc('second', timed_jobs.creationtime)) as bigint
    ) as queue_s,
    cast(
        epoch(date_trunc('second', timed_jobs.endtime))
        - epoch(date_trunc('second', timed_jobs.starttime)) as bigint
    ) as wall_s,
    cast(
        epoch(date_trunc('second', timed_jobs.endtime))
        - epoch(date_trunc('second', timed_jobs.creationtime)) as bigint
    ) as lifetime_s,
    try_cast(split_part(stages, '|', 1) as bigint) as time_getjob_s,
    try_cast(split_part(stages, '|', 2) as bigint) as time_stagein_s,
    try_cast(split_part(stages, '|', 3) as bigint) as time_payload_s,
    try_cast(split_part(stages, '|', 4) as bigint) as time_stageout_s,
    try_cast(split_part(stages, '|', 5) as bigint) as time_initial_setup_s,
    try_cast(split_part(stages, '|', 6) as bigint) as time_setup_s
from timed_jobs
left join core.queues as queues on queues.queue = timed_jobs.computingsite
left join core.sites as sites on sites.site = queues.site

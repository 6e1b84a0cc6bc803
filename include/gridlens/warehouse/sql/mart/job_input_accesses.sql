-- How much of a job's input lay at its own site and how much at others, told in two ways.
-- By transfers (ways exact, rm1, rm2): the downloads that the method matches to the job; a read is
-- remote where its source is known and is not the job's site, whatever the record's destination.
-- By replicas: the job's input files, each once. A site is known to hold a file if a transfer read
-- it from there, or if one had brought it there, or put it there as an output, before the job
-- started; a pilot's own download makes no replica. A file is local if its job's site is among
-- those known, remote if only others are, and unknown if there is none. There is no list of
-- replicas: what no transfer of the days of matching has touched stays unknown, and a file that
-- is called remote may also lie at the job's site, unused.
-- grain: job_day, pandaid, way
-- reads: core.jobs, core.files, core.transfers, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: way | exact, rm1, rm2 or replicas
-- column: local_reads | transfers or files that lie at the job's site
-- column: remote_reads | transfers or files that lie at other sites
-- column: unknown_reads | transfers or files of which that is not known
-- column: local_bytes | sum of the known sizes of local_reads; direct reads count the whole file
-- column: remote_bytes | the same of remote_reads
-- column: unknown_bytes | the same of unknown_reads
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- fail: local_reads + remote_reads + unknown_reads > 0
with day_jobs as (
    select
        job_day,
        pandaid,
        coalesce(starttime, endtime) as needed_at,
        is_user_job,
        computingsite,
        site,
        site_cloud,
        tier_level,
        country,
        resource_type
    from core.jobs
    where job_day = $day
),

ways as (
    select *
    from (values ('exact'), ('rm1'), ('rm2')) as named (way)
),

downloads as (
    select
        pairs.pandaid,
        ways.way,
        transfers.bytes,
        transfers.src_site = day_jobs.site as is_here
    from core.job_transfers as pairs
    join core.transfers as transfers
        on transfers.started_day = pairs.started_day
        and transfers.transfer_id = pairs.transfer_id
    join day_jobs on day_jobs.pandaid = pairs.pandaid
    join ways
        on (ways.way = 'exact' and pairs.exact)
        or (ways.way = 'rm1' and pairs.rm1)
        or (ways.way = 'rm2' and pairs.rm2)
    where pairs.job_day = $day
        and transfers.direction = 'download'
),

inputs as (
    select
        pandaid,
        scope,
        lfn,
        max(nullif(fsize, 0)) as bytes
    from core.files
    where job_day = $day
        and type = 'input'
    group by pandaid, scope, lfn
),

input_files as (
    select distinct
        scope,
        lfn,
        bytes
    from inputs
),

-- sizes are compared first: they tell nearly all files apart, and cost less than names
file_transfers as (
    select
        transfers.scope,
        transfers.lfn,
        transfers.bytes,
        coalesce(transfers.direction, 'download') = 'download' as is_read,
        coalesce(transfers.direction, 'upload') = 'upload' as is_copy,
        transfers.src_site,
        transfers.dst_site,
        transfers.ended_at
    from input_files
    join core.transfers as transfers
        on transfers.bytes = input_files.bytes
        and transfers.lfn = input_files.lfn
        and transfers.scope = input_files.scope
),

mentions as (
    select
        scope,
        lfn,
        bytes,
        src_site as site,
        true as was_read,
        cast(null as timestamp) as arrived_at
    from file_transfers
    where is_read
    union all
    select
        scope,
        lfn,
        bytes,
        dst_site,
        false,
        ended_at
    from file_transfers
    where is_copy
),

-- a file has few sites, however many transfers and jobs it has
places as (
    select
        scope,
        lfn,
        bytes,
        site,
        bool_or(was_read) as was_read,
        min(arrived_at) as arrived_at
    from mentions
    where site is not null
    group by scope, lfn, bytes, site
),

sightings as (
    select
        inputs.pandaid,
        inputs.scope,
        inputs.lfn,
        bool_or(places.site = day_jobs.site) as is_here
    from inputs
    join day_jobs on day_jobs.pandaid = inputs.pandaid
    join places
        on places.bytes = inputs.bytes
        and places.lfn = inputs.lfn
        and places.scope = inputs.scope
    where places.was_read or places.arrived_at <= day_jobs.needed_at
    group by inputs.pandaid, inputs.scope, inputs.lfn
),

reads as (
    select
        pandaid,
        way,
        bytes,
        is_here
    from downloads
    union all
    select
        inputs.pandaid,
        'replicas',
        inputs.bytes,
        sightings.is_here
    from inputs
    left join sightings
        on sightings.pandaid = inputs.pandaid
        and sightings.lfn = inputs.lfn
        and sightings.scope = inputs.scope
),

sums as (
    select
        pandaid,
        way,
        count(case when is_here then 1 end) as local_reads,
        count(case when not is_here then 1 end) as remote_reads,
        count(case when is_here is null then 1 end) as unknown_reads,
        cast(coalesce(sum(case when is_here then bytes end), 0) as bigint) as local_bytes,
        cast(coalesce(sum(case when not is_here then bytes end), 0) as bigint) as remote_bytes,
        cast(coalesce(sum(case when is_here is null then bytes end), 0) as bigint)
            as unknown_bytes
    from reads
    group by pandaid, way
)

select
    day_jobs.job_day,
    sums.pandaid,
    sums.way,
    sums.local_reads,
    sums.remote_reads,
    sums.unknown_reads,
    sums.local_bytes,
    sums.remote_bytes,
    sums.unknown_bytes,
    day_jobs.is_user_job,
    day_jobs.computingsite,
    day_jobs.site,
    day_jobs.site_cloud,
    day_jobs.tier_level,
    day_jobs.country,
    day_jobs.resource_type
from sums
join day_jobs on day_jobs.pandaid = sums.pandaid

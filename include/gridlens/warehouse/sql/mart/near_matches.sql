-- Pairs of a job and a pilot's transfer that are not Exact and would be if one missing field were
-- known: nothing that both records tell speaks against the pair. What the field would say is taken
-- from the other record (a size from its counterpart, a site from the job), and the sum of sizes
-- is then asked for again, over all the job's files of that direction that would be linked. Only a
-- total that the job's record lacks cannot be checked: there it is taken to agree. Conditions are
-- those of core.job_transfers in its first reading (lookback of 7 days, sum by direction). Pairs
-- that lack two fields, or names of files, are not among them, and a transfer that lacks its task
-- may be near to several jobs though it served one. A job or a file may lack its task as well: the
-- other two records tell it. As in core.job_transfers, every job that reads a file is held against
-- every transfer of it.
-- grain: job_day, pandaid, transfer_id, started_day, missing_field
-- reads: core.jobs, core.files, core.transfers, core.job_transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: missing_field | table and field that would make the pair Exact: transfers.bytes
-- column: is_rm1 | the pair is RM1 as it is
-- column: is_rm2 | the pair is RM2 as it is
-- column: is_user_job | prodsourcelabel is 'user'
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- fail: missing_field is not null
with day_jobs as (
    select
        *,
        case when jeditaskid > 0 then jeditaskid end as task,
        nullif(inputfilebytes, 0) as input_total,
        case when outputfilebytes < 99999999999 then nullif(outputfilebytes, 0) end as output_total
    from core.jobs
    where job_day = $day
),

day_files as (
    select
        pandaid,
        case when jeditaskid > 0 then jeditaskid end as task,
        type,
        scope,
        lfn,
        dataset_name,
        regexp_replace(substr(dataset_name, strpos(dataset_name, ':') + 1), '(_sub[0-9]+)?/?$', '')
            as bare_dataset,
        regexp_replace(
            substr(
                coalesce(proddblock, destinationdblock),
                strpos(coalesce(proddblock, destinationdblock), ':') + 1
            ),
            '(_sub[0-9]+)?/?$',
            ''
        ) as bare_block,
        nullif(fsize, 0) as bytes
    from core.files
    where job_day = $day
),

-- names are bared before files and transfers meet: a file that many jobs read meets many times
pilot_transfers as (
    select
        transfer_id,
        started_day,
        direction,
        started_at,
        case when jeditaskid > 0 then jeditaskid end as task,
        scope,
        lfn,
        regexp_replace(substr(dataset_name, strpos(dataset_name, ':') + 1), '(_sub[0-9]+)?/?$', '')
            as bare_dataset,
        regexp_replace(substr(proddblock, strpos(proddblock, ':') + 1), '(_sub[0-9]+)?/?$', '')
            as bare_block,
        nullif(bytes, 0) as bytes,
        case direction when 'download' then dst_site else src_site end as site
    from core.transfers
    where direction is not null
        and lfn in (select day_files.lfn from day_files)
),

-- sizes and tasks are compared before names: they tell nearly all apart, and cost less
meetings as (
    select
        day_files.pandaid,
        day_files.type,
        day_files.scope,
        day_files.lfn,
        day_files.task,
        day_files.dataset_name,
        day_files.bare_dataset,
        day_files.bare_block,
        day_files.bytes,
        transfers.transfer_id,
        transfers.started_day,
        transfers.direction,
        transfers.started_at,
        transfers.task as transfer_task,
        transfers.scope as transfer_scope,
        transfers.bare_dataset as bare_transfer_dataset,
        transfers.bare_block as bare_transfer_block,
        transfers.bytes as transfer_bytes,
        transfers.site as transfer_site
    from day_files
    join pilot_transfers as transfers
        on transfers.bytes = day_files.bytes and transfers.lfn = day_files.lfn
    where coalesce(transfers.task = day_files.task, true)
    union all
    select
        day_files.pandaid,
        day_files.type,
        day_files.scope,
        day_files.lfn,
        day_files.task,
        day_files.dataset_name,
        day_files.bare_dataset,
        day_files.bare_block,
        day_files.bytes,
        transfers.transfer_id,
        transfers.started_day,
        transfers.direction,
        transfers.started_at,
        transfers.task as transfer_task,
        transfers.scope as transfer_scope,
        transfers.bare_dataset as bare_transfer_dataset,
        transfers.bare_block as bare_transfer_block,
        transfers.bytes as transfer_bytes,
        transfers.site as transfer_site
    from day_files
    join pilot_transfers as transfers
        on transfers.task = day_files.task and transfers.lfn = day_files.lfn
    where (transfers.bytes is null) <> (day_files.bytes is null)
),

-- nothing that both sides tell may speak against the pair, and what either lacks is noted
links as (
    select
        meetings.pandaid,
        meetings.transfer_id,
        meetings.started_day,
        meetings.direction,
        meetings.type,
        meetings.scope,
        meetings.lfn,
        meetings.dataset_name,
        coalesce(meetings.bytes, meetings.transfer_bytes) as bytes,
        case direction when 'download' then day_jobs.input_total else day_jobs.output_total end
            as total,
        case when meetings.transfer_bytes is null then 'transfers.bytes' end as transfer_size,
        case when meetings.bytes is null then 'files.fsize' end as file_size,
        case when day_jobs.task is null then 'jobs.jeditaskid' end as job_task,
        case when meetings.task is null then 'files.jeditaskid' end as file_task,
        case when meetings.transfer_task is null then 'transfers.jeditaskid' end as transfer_task,
        case when meetings.bare_transfer_dataset is null then 'transfers.dataset_name' end
            as transfer_dataset,
        case when coalesce(meetings.bare_dataset, meetings.bare_block) is null
            then 'files.dataset_name' end as file_dataset,
        case
            when meetings.transfer_site is not null then null
            when meetings.direction = 'download' then 'transfers.dst_site'
            else 'transfers.src_site'
        end as transfer_site,
        case when day_jobs.site is null then 'jobs.site' end as job_site,
        meetings.direction = 'download' and meetings.type = 'input'
        and not coalesce(
            meetings.lfn like '%.lib.tgz' or meetings.bare_dataset like 'ddo%', false
        )
        or meetings.direction = 'upload' and meetings.type = 'output' as is_counted
    from meetings
    join day_jobs on day_jobs.pandaid = meetings.pandaid
    where coalesce(meetings.task = day_jobs.task, true)
        and coalesce(meetings.transfer_task = day_jobs.task, true)
        and coalesce(meetings.transfer_scope = meetings.scope, true)
        and (
            meetings.bare_transfer_dataset is null
            or coalesce(meetings.bare_dataset, meetings.bare_block) is null
            or coalesce(meetings.bare_transfer_dataset = meetings.bare_dataset, false)
            or coalesce(meetings.bare_transfer_dataset = meetings.bare_block, false)
        )
        and coalesce(meetings.bare_transfer_block = meetings.bare_block, true)
        and case meetings.direction
            when 'download' then meetings.type in ('input', 'pseudo_input')
            else meetings.type in ('output', 'log')
        end
        and meetings.started_at >= day_jobs.creationtime - interval '7' day
        and meetings.started_at < day_jobs.endtime
        and coalesce(meetings.transfer_site = day_jobs.site, true)
),

lacking_links as (
    select
        links.*,
        concat_ws(
            ' ',
            transfer_size,
            file_size,
            job_task,
            file_task,
            transfer_task,
            transfer_dataset,
            file_dataset,
            transfer_site,
            job_site
        ) as lacking
    from links
),

-- for each job, direction and field: the links that stand once that field is known
scenarios as (
    select distinct
        pandaid,
        direction,
        lacking as missing_field
    from lacking_links
    where lacking <> '' and lacking not like '% %'
    union all
    select distinct
        pandaid,
        direction,
        case direction when 'download' then 'jobs.inputfilebytes' else 'jobs.outputfilebytes' end
    from lacking_links
    where lacking = '' and total is null
),

standing_links as (
    select
        scenarios.missing_field,
        lacking_links.*
    from scenarios
    join lacking_links
        on lacking_links.pandaid = scenarios.pandaid
        and lacking_links.direction = scenarios.direction
        and (lacking_links.lacking = '' or lacking_links.lacking = scenarios.missing_field)
),

-- one file with two sizes has no known size, so neither has the sum
file_sizes as (
    select
        missing_field,
        pandaid,
        direction,
        min(bytes) as least,
        max(bytes) as most
    from standing_links
    where is_counted
    group by missing_field, pandaid, direction, type, scope, lfn, dataset_name
),

sums as (
    select
        missing_field,
        pandaid,
        direction,
        case when bool_and(least = most) then sum(least) end as got
    from file_sizes
    group by missing_field, pandaid, direction
),

near_pairs as (
    select distinct
        standing_links.pandaid,
        standing_links.transfer_id,
        standing_links.started_day,
        standing_links.missing_field
    from standing_links
    join sums
        on sums.missing_field = standing_links.missing_field
        and sums.pandaid = standing_links.pandaid
        and sums.direction = standing_links.direction
    where sums.got = standing_links.total
        or (standing_links.total is null and standing_links.missing_field like 'jobs.%bytes')
)

select
    day_jobs.job_day,
    near_pairs.pandaid,
    near_pairs.transfer_id,
    near_pairs.started_day,
    near_pairs.missing_field,
    coalesce(pairs.rm1, false) as is_rm1,
    coalesce(pairs.rm2, false) as is_rm2,
    day_jobs.is_user_job,
    day_jobs.computingsite,
    day_jobs.site,
    day_jobs.site_cloud,
    day_jobs.tier_level,
    day_jobs.country,
    day_jobs.resource_type
from near_pairs
join day_jobs on day_jobs.pandaid = near_pairs.pandaid
left join core.job_transfers as pairs
    on pairs.job_day = $day
    and pairs.pandaid = near_pairs.pandaid
    and pairs.transfer_id = near_pairs.transfer_id
    and pairs.started_day = near_pairs.started_day
where not coalesce(pairs.exact, false)

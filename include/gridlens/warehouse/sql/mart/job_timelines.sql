-- One job from its creation to its end, with its matched transfers in their order (data-management
-- paper, Fig. 10 to 12): a row for the time in the queue, one for the wall time, one a transfer.
-- grain: position
-- reads: core.jobs, mart.telling_jobs, mart.transfer_phases
-- filters: jobs
-- argument: of_job = 'dominated' | PanDA job id, or a case of mart.telling_jobs: 'dominated',
--    'spanning' or 'redundant'; the other filters choose among the jobs of a case only
-- column: position | order of the rows; transfers begin at 3
-- column: event | queue, wall or transfer
-- column: label | queue time, wall time, or number of the transfer, from 0, as in the paper
-- column: started_at | when the job was created, when it started, or when bytes began to move
-- column: ended_at | when the job started, when it ended, or when the transfer did; NULL if unknown
-- column: duration_s | whole seconds from start to end; NULL where unknown or negative
-- column: method | strictest method that matches the transfer: exact, rm1, rm2, else direct
-- column: phase | before creation, in queue, over the start, in wall time, after the end, unknown
-- column: activity | Rucio activity
-- column: lfn | logical file name
-- column: src_site | site read from; NULL where unknown
-- column: dst_site | site written to; NULL where unknown
-- column: bytes | size of the file
-- column: throughput_bytes_per_s | bytes over duration_s; NULL where that is not above 0
-- column: is_redundant | a transfer of the same file for the same job and activity began before, to
--    the same site or with one of the two sites unknown
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: jobstatus | state in which the job ended
-- column: computingsite | PanDA queue
-- column: exeerrorcode | execution error code of the job
-- column: exeerrordiag | what the code means, as recorded
with cases as (
    select
        case_name,
        pandaid
    from mart.telling_jobs($same_jobs)
),

chosen_jobs as (
    select
        jobs.job_day,
        jobs.pandaid,
        jobs.jeditaskid,
        jobs.jobstatus,
        jobs.computingsite,
        jobs.exeerrorcode,
        jobs.exeerrordiag,
        jobs.creationtime,
        jobs.starttime,
        jobs.endtime,
        jobs.queue_s,
        jobs.wall_s
    from core.jobs as jobs
    left join cases on cases.case_name = $of_job
    where jobs.job_day >= $window_start
        and jobs.job_day < $window_end
        and jobs.pandaid = case
            when $of_job in ('dominated', 'spanning', 'redundant') then cases.pandaid
            -- what is neither a case nor a number is an error, and not an empty answer
            else cast($of_job as bigint)
        end
),

transfers as (
    select
        row_number() over (order by matches.started_at, matches.transfer_id) as position,
        matches.*
    from mart.transfer_phases as matches
    join chosen_jobs
        on chosen_jobs.job_day = matches.job_day and chosen_jobs.pandaid = matches.pandaid
),

events as (
    select
        1 as position,
        'queue' as event,
        'queue time' as label,
        creationtime as started_at,
        starttime as ended_at,
        queue_s as duration_s,
        null as method,
        null as phase,
        null as activity,
        null as lfn,
        null as src_site,
        null as dst_site,
        null as bytes,
        null as throughput_bytes_per_s,
        null as is_redundant
    from chosen_jobs
    union all
    select
        2,
        'wall',
        'wall time',
        starttime,
        endtime,
        wall_s,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null
    from chosen_jobs
    union all
    select
        2 + transfers.position,
        'transfer',
        'transfer ' || cast(transfers.position - 1 as varchar),
        transfers.started_at,
        transfers.ended_at,
        transfers.duration_s,
        transfers.method,
        transfers.phase,
        transfers.activity,
        transfers.lfn,
        transfers.src_site,
        transfers.dst_site,
        transfers.bytes,
        transfers.throughput_bytes_per_s,
        transfers.is_redundant
    from transfers
)

select
    events.position,
    events.event,
    events.label,
    events.started_at,
    events.ended_at,
    case when events.duration_s >= 0 then events.duration_s end as duration_s,
    events.method,
    events.phase,
    events.activity,
    events.lfn,
    events.src_site,
    events.dst_site,
    events.bytes,
    events.throughput_bytes_per_s,
    events.is_redundant,
    chosen_jobs.pandaid,
    chosen_jobs.jeditaskid,
    chosen_jobs.jobstatus,
    chosen_jobs.computingsite,
    chosen_jobs.exeerrorcode,
    chosen_jobs.exeerrordiag
from events
cross join chosen_jobs
order by events.position

-- The jobs with the longest queue times among those that spent a good part of them in transfer
-- (data-management paper, Fig. 5: local transfers only, Fig. 6: remote transfers only; 40 jobs
-- with at least 10 %). Transfers that overlap count once.
-- grain: position
-- reads: mart.matched_jobs
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method of matching
-- argument: with_locality = 'local' of 'local', 'remote', 'mixed', 'all' | what the job's
--    transfers are
-- argument: least_share_percent = '10' | least part of the queue time in transfer, in percent
-- argument: most_rows = '40' | number of jobs
-- column: position | 1 for the longest queue time
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: jeditaskid | JEDI task of the job
-- column: computingsite | PanDA queue
-- column: locality | local, remote or mixed
-- column: outcomes | how job/task ended: D completed, F failed, - neither, such as D/F
-- column: jobstatus | state in which the job ended
-- column: task_status | newest known state of the task; NULL where it is unknown
-- column: queue_s | seconds from creation to start
-- column: transfer_queue_s | of these, seconds with a transfer moving
-- column: other_queue_s | of these, all other seconds
-- column: queue_share_ratio | transfer_queue_s over queue_s
-- column: transfers | matched transfers
-- column: bytes | sum of their known sizes; NULL where none is known
with ranked_jobs as (
    select
        row_number() over (order by queue_s desc, pandaid, job_day) as position,
        job_day,
        pandaid,
        jeditaskid,
        computingsite,
        locality,
        job_outcome || '/' || task_outcome as outcomes,
        jobstatus,
        task_status,
        queue_s,
        transfer_queue_s,
        queue_s - transfer_queue_s as other_queue_s,
        queue_share_ratio,
        transfers,
        bytes
    from mart.matched_jobs($same_jobs) as jobs
    where jobs.method = $method
        and ($with_locality = 'all' or locality = $with_locality)
        and 100 * queue_share_ratio >= cast($least_share_percent as double)
)

select *
from ranked_jobs
where position <= cast($most_rows as bigint)
order by position

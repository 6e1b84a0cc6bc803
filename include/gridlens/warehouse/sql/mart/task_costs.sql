-- What the tasks of each day cost and how they ended: all runs of a task for one day together,
-- repeated and failed ones too.
-- grain: day, task
-- reads: raw.task_runs
-- argument: with_task = 'all' | only this task, such as 'load'; 'all': any
-- column: day | day that the task worked on, UTC; of a task without one, the day it was run on
-- column: task | name of the task, with its table or engine
-- column: runs | how often it was run
-- column: failed_runs | runs that failed
-- column: overtaken_runs | runs whose result was older than what had been written meanwhile
-- column: seconds | how long all runs took, s
-- column: failed_s | how long the failed ones took, s
-- column: rows_in | documents or rows read by runs that were done; NULL: none says so
-- column: rows_out | rows written by runs that were done; NULL: none says so
-- column: bytes | size of the files that these rows rest in; NULL: none says so
-- column: rows_per_s | rows read a second, over the runs that were done and say what they read
-- column: peak_rss_mb | most memory that any run held, MB
-- column: last_state | how the last run ended: done, failed or overtaken
-- column: last_error | what the last failed run failed with; NULL: none failed
with runs as (
    select
        coalesce(day, cast(started_at as date)) as on_day,
        coalesce(state, 'done') = 'done' as is_done,
        coalesce(state, 'done') as ended,
        *
    from raw.task_runs
    where $with_task in ('all', task)
)
select
    on_day as day,
    task,
    count(*) as runs,
    count(case when ended = 'failed' then 1 end) as failed_runs,
    count(case when ended = 'overtaken' then 1 end) as overtaken_runs,
    sum(seconds) as seconds,
    coalesce(sum(case when ended = 'failed' then seconds end), 0.0) as failed_s,
    cast(sum(case when is_done then rows_in end) as bigint) as rows_in,
    cast(sum(case when is_done then rows_out end) as bigint) as rows_out,
    cast(sum(case when is_done then bytes end) as bigint) as bytes,
    sum(case when is_done then rows_in end)
    / nullif(sum(case when is_done and rows_in is not null then seconds end), 0) as rows_per_s,
    max(peak_rss_mb) as peak_rss_mb,
    max_by(ended, started_at) as last_state,
    max_by(case when ended = 'failed' then error end,
        case when ended = 'failed' then started_at end) as last_error
from runs
where on_day >= $window_start and on_day < $window_end
group by on_day, task
order by day, task

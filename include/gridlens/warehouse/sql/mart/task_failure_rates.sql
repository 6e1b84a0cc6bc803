-- What job errors do to tasks (introspective paper, sec. 3): of the tasks of the window that came
-- to an end and whose jobs are known, how many failed, by the share of their jobs that failed. Bin
-- 0 holds the tasks without a failed job, bin n those above (n - 1) tenths and up to n tenths. A
-- task is chosen if the filters choose one of its jobs, and counts with all its jobs, as in
-- mart.tasks.
-- grain: bin
-- reads: mart.tasks
-- filters: tasks
-- argument: population = 'user' of 'user', 'production', 'all' | tasks that are counted
-- column: bin | 0 to 10
-- column: above_ratio | the tasks' share of failed jobs is above this; NULL in bin 0
-- column: up_to_ratio | and not above this
-- column: population | tasks that are counted: 'user', 'production' or 'all'
-- column: tasks | tasks that came to an end
-- column: failed_tasks | of these, tasks that failed, were aborted, broken or exhausted
-- column: failed_tasks_ratio | failed_tasks over tasks; NULL where there is no task
-- column: jobs | jobs of the tasks
with bins as (
    select *
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) as named (bin)
),

-- whole numbers, so that three tenths are three tenths
ended_tasks as (
    select
        cast(floor((10 * failed_jobs + jobs - 1) / jobs) as bigint) as bin,
        outcome,
        jobs
    from mart.tasks($same_tasks, population := $population)
    where outcome <> 'open' and jobs > 0
)

select
    cast(bins.bin as bigint) as bin,
    case when bins.bin > 0 then (bins.bin - 1) / 10 end as above_ratio,
    bins.bin / 10 as up_to_ratio,
    $population as population,
    count(tasks.bin) as tasks,
    count(case when tasks.outcome = 'failure' then 1 end) as failed_tasks,
    count(case when tasks.outcome = 'failure' then 1 end) / nullif(count(tasks.bin), 0)
        as failed_tasks_ratio,
    cast(coalesce(sum(tasks.jobs), 0) as bigint) as jobs
from bins
left join ended_tasks as tasks on tasks.bin = bins.bin
group by bins.bin
order by bins.bin

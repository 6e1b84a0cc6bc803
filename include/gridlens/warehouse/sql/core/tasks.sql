-- JEDI tasks, on the day of their last change of state.
-- grain: task_day, jeditaskid
-- reads: raw.tasks
-- day: task_day
-- like: tasks
-- column: task_day | UTC day of the task's end (else of its last change, else of the record's)
-- fail: jeditaskid is not null
select tasks.*
from raw.tasks as tasks
where tasks.task_day = $day

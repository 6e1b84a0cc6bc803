-- Fitted engines of the workload generator that learned from days that end in the window, and which
-- of them is told of where only one can be: the newest that passed the gate; where none did, the
-- newest.
-- grain: snapshot_id
-- reads: raw.generator_snapshots
-- argument: with_engine = 'all' | only this engine; 'all': any
-- column: snapshot_id | snapshot: when it was made, and its manifest's hash
-- column: created_at | when it was made, UTC
-- column: engine | name of the recipe
-- column: split | how rows were cut into training and test: time, task or random
-- column: last_day | last day on which the training jobs ended
-- column: training_rows | jobs of the training days, all parts of the split
-- column: verdict | passed or failed: the gate's
-- column: place | from 1, the one that is told of; then the others that passed, the newest first
select
    snapshot_id,
    created_at,
    engine,
    split,
    trained_to - 1 as last_day,
    training_rows,
    verdict,
    row_number() over (
        order by case when verdict = 'passed' then 0 else 1 end, created_at desc, snapshot_id
    ) as place
from raw.generator_snapshots
where trained_to - 1 >= $window_start and trained_to - 1 < $window_end
    and $with_engine in ('all', engine)

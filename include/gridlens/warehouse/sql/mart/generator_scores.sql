-- How well the fitted engines of the workload generator draw: every score of every snapshot that
-- learned from days that end in the window, beside the same score of two anchors with as many rows:
-- unseen real jobs (as good as it gets) and training jobs drawn again (the worst leak).
-- grain: snapshot_id, family, metric, variable
-- reads: mart.generator_snapshots, raw.generator_scores
-- argument: with_engine = 'all' | only this engine; 'all': any
-- argument: with_verdict = 'all' of 'passed', 'failed', 'all' | only snapshots with this verdict
-- column: snapshot_id | snapshot: when it was made, and its manifest's hash
-- column: created_at | when it was made, UTC
-- column: engine | name of the recipe
-- column: split | how rows were cut into training and test: time, task or random
-- column: last_day | last day on which the training jobs ended
-- column: training_rows | jobs of the training days, all parts of the split
-- column: verdict | passed or failed: the gate's
-- column: family | fidelity, usefulness, privacy, time, logic or cost
-- column: metric | name of the metric
-- column: variable | variable or rule that it is about; empty: the whole
-- column: value | score of what the engine drew; NULL where it could not be computed
-- column: holdout_value | score of as many unseen real jobs
-- column: bootstrap_value | score of as many training jobs, drawn again
select
    snapshots.snapshot_id,
    snapshots.created_at,
    snapshots.engine,
    snapshots.split,
    snapshots.last_day,
    snapshots.training_rows,
    snapshots.verdict,
    scores.family,
    scores.metric,
    scores.variable,
    max(case when scores.judged = 'engine' then scores.value end) as value,
    max(case when scores.judged = 'holdout' then scores.value end) as holdout_value,
    max(case when scores.judged = 'bootstrap' then scores.value end) as bootstrap_value
from mart.generator_snapshots(
    $window_start, $window_end, with_engine := $with_engine
) as snapshots
inner join raw.generator_scores as scores on scores.snapshot_id = snapshots.snapshot_id
where $with_verdict in ('all', snapshots.verdict)
group by
    snapshots.snapshot_id,
    snapshots.created_at,
    snapshots.engine,
    snapshots.split,
    snapshots.last_day,
    snapshots.training_rows,
    snapshots.verdict,
    scores.family,
    scores.metric,
    scores.variable
order by created_at, snapshot_id, family, metric, variable

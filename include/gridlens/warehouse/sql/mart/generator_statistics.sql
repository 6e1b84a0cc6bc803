-- The jobs that an engine of the workload generator was made from, counted by part of the split and
-- by variable: of one snapshot, the first of mart.generator_snapshots.
-- grain: snapshot_id, part, variable
-- reads: mart.generator_snapshots, raw.generator_statistics
-- argument: with_engine = 'all' | only this engine; 'all': any
-- column: snapshot_id | snapshot: when it was made, and its manifest's hash
-- column: engine | name of the recipe
-- column: split | how rows were cut into the parts: time, task or random
-- column: part | train, validation or test
-- column: variable | variable of the workload
-- column: kind | time, count, amount, category or group
-- column: jobs | jobs of this part
-- column: distinct_values | different values; NULL is none
-- column: missing_jobs | jobs of this part without a value
select
    snapshots.snapshot_id,
    snapshots.engine,
    snapshots.split,
    counts.part,
    counts.variable,
    counts.kind,
    counts.rows as jobs,
    counts.distinct_values,
    counts.missing_rows as missing_jobs
from mart.generator_snapshots(
    $window_start, $window_end, with_engine := $with_engine
) as snapshots
inner join raw.generator_statistics as counts on counts.snapshot_id = snapshots.snapshot_id
where snapshots.place = 1
order by counts.variable, counts.part

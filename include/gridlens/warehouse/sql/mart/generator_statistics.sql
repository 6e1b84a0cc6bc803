-- The jobs that an engine of the workload generator was made from, counted by part of the split and
-- by variable: of one snapshot, chosen as in mart.generator_distributions.
-- grain: snapshot_id, part, variable
-- reads: raw.generator_snapshots, raw.generator_statistics
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
with snapshots as (
    select
        snapshot_id,
        engine,
        split,
        row_number() over (
            order by case when verdict = 'passed' then 0 else 1 end, created_at desc, snapshot_id
        ) as place
    from raw.generator_snapshots
    where trained_to - 1 >= $window_start and trained_to - 1 < $window_end
        and $with_engine in ('all', engine)
)

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
from snapshots
inner join raw.generator_statistics as counts on counts.snapshot_id = snapshots.snapshot_id
where snapshots.place = 1
order by counts.variable, counts.part

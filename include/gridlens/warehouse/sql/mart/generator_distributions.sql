-- How the jobs that an engine of the workload generator draws are distributed, beside the jobs that
-- it learned from: of one snapshot, the first of mart.generator_snapshots.
-- grain: snapshot_id, variable, bin
-- reads: mart.generator_snapshots, raw.generator_distributions
-- argument: with_engine = 'all' | only this engine; 'all': any
-- column: snapshot_id | snapshot: when it was made, and its manifest's hash
-- column: engine | name of the recipe
-- column: variable | variable of the workload
-- column: kind | time, count, amount or category
-- column: bin | from 0, the most frequent category first; -1: zero, -2: missing, -3: the others
-- column: category | value of a category's bin; NULL: a number, or several values
-- column: low | lower edge of a number's bin; of a time's: seconds since 1970
-- column: high | upper edge
-- column: training_ratio | share of the training jobs
-- column: drawn_ratio | share of the drawn jobs
select
    snapshots.snapshot_id,
    snapshots.engine,
    bins.variable,
    bins.kind,
    bins.bin,
    bins.category,
    bins.low,
    bins.high,
    bins.training_ratio,
    bins.drawn_ratio
from mart.generator_snapshots(
    $window_start, $window_end, with_engine := $with_engine
) as snapshots
inner join raw.generator_distributions as bins on bins.snapshot_id = snapshots.snapshot_id
where snapshots.place = 1
order by bins.variable, bins.bin

-- The measures of the slices day by day, with the bounds that they were held against: how much came,
-- how much of it was complete, how it was spread, and how well the tables of a day fit together. A
-- measure tells of a whole slice, so that no site and no job can be chosen here.
-- grain: day, table_name, measure
-- reads: raw.expectation_results
-- argument: with_table = 'all' | only this canonical table; 'all': any
-- argument: with_measure = 'all' | only this measure; 'all': any
-- argument: with_status = 'all' of 'pass', 'warn', 'fail', 'all' | only measures with this outcome
-- column: day | UTC day of the slice
-- column: table_name | table whose slice was measured
-- column: measure | name of the measure; docs/quality.md says what it is
-- column: value | the measure; NULL where it could not be taken
-- column: warn_low | below it, the outcome is warn; NULL: no bound
-- column: warn_high | above it, the outcome is warn; NULL: no bound
-- column: fail_low | below it, a day is not loaded; NULL: no bound
-- column: fail_high | above it, a day is not loaded; NULL: no bound
-- column: is_bounded | whether the measure has any bound
-- column: status | pass, warn or fail
-- column: message | the outcome in words
select
    day,
    table_name,
    measure,
    value,
    warn_low,
    warn_high,
    fail_low,
    fail_high,
    coalesce(warn_low, warn_high, fail_low, fail_high) is not null as is_bounded,
    status,
    message
from raw.expectation_results
where day >= $window_start and day < $window_end
    and $with_table in ('all', table_name)
    and $with_measure in ('all', measure)
    and $with_status in ('all', status)
order by day, table_name, measure

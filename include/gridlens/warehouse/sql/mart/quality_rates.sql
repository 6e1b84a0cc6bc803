-- What the quality contracts said of a day's slices: how many rows each rule met.
-- grain: day, table_name, rule
-- reads: raw.check_results
-- day: day
-- column: day | UTC day of the slice
-- column: table_name | table whose slice was judged
-- column: rule | name of the rule; docs/quality.md says what it asks
-- column: level | what tripping it means: flag, quarantine, warn or fail
-- column: status | pass, warn or fail; a rule that flags rows passes whatever it flags
-- column: rows | rows that trip the rule
-- column: of_rows | rows that were judged
-- column: rate_ratio | rows over of_rows; NULL where there was no row
-- warn: coalesce(rate_ratio between 0 and 1, true)
select
    day,
    table_name,
    rule,
    level,
    status,
    rows,
    of_rows,
    rows / nullif(of_rows, 0) as rate_ratio
from raw.check_results
where day = $day

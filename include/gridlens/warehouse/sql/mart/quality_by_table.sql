-- What the quality contracts said over the window, rule by rule. The rules judge whole slices, so
-- that nothing but the window can be chosen here.
-- grain: table_name, rule, level
-- reads: mart.quality_rates
-- column: table_name | table whose slices were judged
-- column: rule | name of the rule
-- column: level | what tripping it means: flag, quarantine, warn or fail
-- column: days | days that were judged
-- column: days_not_passed | days on which the rule did not pass
-- column: rows | rows that trip the rule
-- column: of_rows | rows that were judged
-- column: rate_ratio | rows over of_rows; NULL where there was no row
select
    table_name,
    rule,
    level,
    count(distinct day) as days,
    count(distinct case when status <> 'pass' then day end) as days_not_passed,
    cast(sum(rows) as bigint) as rows,
    cast(sum(of_rows) as bigint) as of_rows,
    sum(rows) / nullif(sum(of_rows), 0) as rate_ratio
from mart.quality_rates
where day >= $window_start and day < $window_end
group by table_name, rule, level
order by table_name, rule, level

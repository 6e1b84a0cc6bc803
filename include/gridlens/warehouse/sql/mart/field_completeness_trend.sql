-- mart.field_completeness day by day, over the sites that are chosen. It is counted by field and
-- site, so that no queue, resource type or activity can be chosen; kind tells users' jobs from
-- others. Records of no known site are at 'UNKNOWN', which has no cloud, tier or country.
-- grain: day, table_name, kind, field
-- reads: mart.field_completeness, core.sites
-- filters: sites
-- column: day | UTC day of the job's end, or of the transfer's start
-- column: table_name | jobs, files or transfers
-- column: kind | kind of the record, as in mart.field_completeness
-- column: field | field that matching reads
-- column: rows | records that should have the field
-- column: present | of these, records that have it
-- column: present_ratio | present over rows; NULL where there is none
with sums as (
    select
        day,
        table_name,
        kind,
        field,
        cast(sum(rows) as bigint) as rows,
        cast(sum(present) as bigint) as present
    from mart.field_completeness
    where day >= $window_start and day < $window_end
        and $chosen_sites
    group by day, table_name, kind, field
)

select
    day,
    table_name,
    kind,
    field,
    rows,
    present,
    present / nullif(rows, 0) as present_ratio
from sums
order by day, table_name, kind, field

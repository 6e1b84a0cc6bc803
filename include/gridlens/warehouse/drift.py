"""How the documents of a table change their shape from one day to the next.

A view over what each slice says of its own fields: what drifted depends on which days there are,
and not on the order in which they were loaded; and a day that is loaded in between corrects what
is said of the day after it.
"""

from __future__ import annotations

from gridlens.tables import Column
from gridlens.warehouse.view import View

_SELECT = """with slices as (
    select table_name, day,
        cast(cast(fields as json) as map(varchar, varchar)) as now,
        lag(cast(cast(fields as json) as map(varchar, varchar))) over earlier as before,
        lag(day) over earlier as day_before
    from raw.slices
    where state = 'complete' and fields <> '{}'
    window earlier as (partition by table_name order by day)
), each as (
    select *, unnest(list_distinct(list_concat(map_keys(now), map_keys(before)))) as field
    from slices
    where before is not null
), compared as (
    select table_name, day, day_before, field, now[field] as kinds, before[field] as kinds_before
    from each
)
select table_name, day,
    case when kinds_before is null then 'new' when kinds is null then 'missing'
        else 'retyped' end as kind,
    field,
    case when kinds_before is null then 'is new: no document of ' || day_before || ' has it'
        when kinds is null then 'is missing: documents of ' || day_before || ' have it'
        else 'is ' || replace(kinds, ' ', ' and ') || ', and was '
            || replace(kinds_before, ' ', ' and ') || ' on ' || day_before end as message
from compared
where kinds is null or kinds_before is null
    or (kinds <> '' and kinds_before <> ''
        and not list_has_all(string_split(kinds_before, ' '), string_split(kinds, ' ')))"""

DRIFT = View(
    name="raw.drift_events",
    meaning="Source fields that a day's documents have and those of the latest earlier loaded day "
    "had not, or the reverse, or whose values are of a kind that they were not of then.",
    columns=(
        Column("table_name", "VARCHAR", "Table, without its schema."),
        Column("day", "DATE", "Day of the slice whose documents are other ones."),
        Column("kind", "VARCHAR", "new, missing or retyped."),
        Column("field", "VARCHAR", "Field of the source, in lower case and without dashes."),
        Column("message", "VARCHAR", "What has changed, in words."),
    ),
    reads=("raw.slices",),
    sql=_SELECT,
)

-- Figure 2 of the data-management paper, Figure 1 of the introspective paper: how the data grew,
-- by data type. Where a dump of core.storage_volumes was loaded by the end of the window, the last
-- one tells it: all that Rucio manages, over all years up to the window's end ('managed'). Where
-- none was, what the tasks' datasets add from the start of the window is told instead, summed up
-- day by day ('registered'): output and log datasets by the day on which they were made, each
-- once. A day without a row of a type, or of one of its projects, leaves that volume as it was:
-- what was deleted stands in a dump as a row with 0 bytes. A dump tells no site and no job, so that
-- only data type and project can be chosen.
-- grain: volume_day, datatype
-- reads: core.storage_volumes, core.datasets
-- argument: of_datatype = 'all' | only this data type; 'all': any
-- argument: of_project = 'all' | only this project, such as data24_13p6TeV; registered: what the
--    dataset's name begins with; 'all': any
-- column: quantity | managed or registered: which of the two all rows tell
-- column: volume_day | day at whose end so much was there
-- column: datatype | managed: as recorded; registered: of the dataset's name, else log, user or
--    group; 'not recorded' where there is none
-- column: cumulative_bytes | volume up to that day
-- column: cumulative_tb | the same in TB (1e12 bytes)
-- column: cumulative_files | files up to that day
with last_dumps as (
    select max(dump_day) as dump_day
    from core.storage_volumes
    where dump_day < $window_end
),

-- what a project has stays until its next row: a row tells a step
steps as (
    select
        volumes.volume_day,
        coalesce(volumes.datatype, 'not recorded') as datatype,
        volumes.project,
        volumes.bytes - coalesce(
            lag(volumes.bytes ignore nulls) over (
                partition by volumes.datatype, volumes.project order by volumes.volume_day
            ),
            0
        ) as bytes,
        volumes.files - coalesce(
            lag(volumes.files ignore nulls) over (
                partition by volumes.datatype, volumes.project order by volumes.volume_day
            ),
            0
        ) as files
    from core.storage_volumes as volumes
    join last_dumps on last_dumps.dump_day = volumes.dump_day
    where volumes.volume_day < $window_end
),

daily_steps as (
    select
        volume_day,
        datatype,
        coalesce(sum(bytes), 0) as bytes,
        coalesce(sum(files), 0) as files
    from steps
    where $of_project in ('all', project) and $of_datatype in ('all', datatype)
    group by volume_day, datatype
),

managed as (
    select
        'managed' as quantity,
        volume_day,
        datatype,
        cast(sum(bytes) over (partition by datatype order by volume_day) as bigint)
            as cumulative_bytes,
        cast(sum(files) over (partition by datatype order by volume_day) as bigint)
            as cumulative_files
    from daily_steps
),

-- a dataset stands once for each task that knows it, with or without its scope
new_datasets as (
    select
        regexp_replace(datasetname, '^[^:]*:', '') as name,
        min(created_day) as created_day,
        min(type) as type,
        max(bytes) as bytes,
        max(nfiles) as files
    from core.datasets
    where created_day >= $window_start and created_day < $window_end
        and type in ('output', 'log')
        and datasetname is not null
    group by regexp_replace(datasetname, '^[^:]*:', '')
),

typed_datasets as (
    select
        created_day,
        case
            when type = 'log' then 'log'
            when name like 'user.%' then 'user'
            when name like 'group.%' then 'group'
            else coalesce(nullif(split_part(name, '.', 5), ''), 'not recorded')
        end as datatype,
        bytes,
        files
    from new_datasets
    where $of_project in ('all', split_part(name, '.', 1))
),

daily_sums as (
    select
        created_day,
        datatype,
        coalesce(sum(bytes), 0) as bytes,
        coalesce(sum(files), 0) as files
    from typed_datasets
    group by created_day, datatype
),

registered as (
    select
        'registered' as quantity,
        created_day as volume_day,
        datatype,
        cast(sum(bytes) over (partition by datatype order by created_day) as bigint)
            as cumulative_bytes,
        cast(sum(files) over (partition by datatype order by created_day) as bigint)
            as cumulative_files
    from daily_sums
    where not exists (select 1 from steps)
        and $of_datatype in ('all', datatype)
),

volumes as (
    select *
    from managed
    union all
    select *
    from registered
)

select
    quantity,
    volume_day,
    datatype,
    cumulative_bytes,
    cumulative_bytes / 1e12 as cumulative_tb,
    cumulative_files
from volumes
order by volume_day, datatype

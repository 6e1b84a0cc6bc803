-- Whether the fields that matching needs are there, by day and site (data-management paper, sec.
-- 5.5 and 7). A value is there if matching can use it: sizes and ids are above 0, PanDA's cap of
-- the output's total is no total, and a job without input needs no total of it. Texts such as
-- 'UNKNOWN' have become NULL when they were read.
-- grain: day, table_name, kind, field, site
-- reads: core.jobs, core.files, core.transfers
-- day: day
-- column: day | UTC day of the job's end, or of the transfer's start
-- column: table_name | jobs, files or transfers
-- column: kind | jobs: user or production; files: their type; transfers: download or upload by a
--    pilot, else other
-- column: field | field that matching reads; site is that of the job's queue
-- column: site | site of the job, or of the job's end of the transfer; 'UNKNOWN' if there is none
-- column: rows | records that should have the field
-- column: present | of these, records that have it
-- fail: present between 0 and rows
with job_sums as (
    select
        case when is_user_job then 'user' else 'production' end as kind,
        coalesce(site, 'UNKNOWN') as site,
        count(*) as jobs,
        count(case when jeditaskid > 0 then 1 end) as jeditaskid,
        count(creationtime) as creationtime,
        count(endtime) as endtime,
        count(site) as known_site,
        count(case when coalesce(ninputdatafiles, 1) > 0 or inputfilebytes > 0 then 1 end)
            as reading_jobs,
        count(case when inputfilebytes > 0 then 1 end) as inputfilebytes,
        count(case when outputfilebytes > 0 and outputfilebytes < 99999999999 then 1 end)
            as outputfilebytes
    from core.jobs
    where job_day = $day
    group by 1, 2
),

file_sums as (
    select
        coalesce(files.type, 'UNKNOWN') as kind,
        coalesce(jobs.site, 'UNKNOWN') as site,
        count(*) as files,
        count(case when files.jeditaskid > 0 then 1 end) as jeditaskid,
        count(files.lfn) as lfn,
        count(files.scope) as scope,
        count(files.dataset_name) as dataset_name,
        count(case when files.fsize > 0 then 1 end) as fsize
    from core.files as files
    left join core.jobs as jobs on jobs.pandaid = files.pandaid and jobs.job_day = files.job_day
    where files.job_day = $day
    group by 1, 2
),

transfer_sums as (
    select
        coalesce(direction, 'other') as kind,
        coalesce(job_site, 'UNKNOWN') as site,
        count(*) as transfers,
        count(case when jeditaskid > 0 then 1 end) as jeditaskid,
        count(activity) as activity,
        count(lfn) as lfn,
        count(scope) as scope,
        count(dataset_name) as dataset_name,
        count(case when bytes > 0 then 1 end) as bytes,
        count(started_at) as started_at,
        count(src_site) as src_site,
        count(dst_site) as dst_site
    from core.transfers
    where started_day = $day
    group by 1, 2
),

fields as (
    select 'jobs' as table_name, kind, 'jeditaskid' as field, site, jobs as rows,
        jeditaskid as present
    from job_sums
    union all
    select 'jobs', kind, 'creationtime', site, jobs, creationtime from job_sums
    union all
    select 'jobs', kind, 'endtime', site, jobs, endtime from job_sums
    union all
    select 'jobs', kind, 'site', site, jobs, known_site from job_sums
    union all
    select 'jobs', kind, 'inputfilebytes', site, reading_jobs, inputfilebytes from job_sums
    union all
    select 'jobs', kind, 'outputfilebytes', site, jobs, outputfilebytes from job_sums
    union all
    select 'files', kind, 'jeditaskid', site, files, jeditaskid from file_sums
    union all
    select 'files', kind, 'lfn', site, files, lfn from file_sums
    union all
    select 'files', kind, 'scope', site, files, scope from file_sums
    union all
    select 'files', kind, 'dataset_name', site, files, dataset_name from file_sums
    union all
    select 'files', kind, 'fsize', site, files, fsize from file_sums
    union all
    select 'transfers', kind, 'jeditaskid', site, transfers, jeditaskid from transfer_sums
    union all
    select 'transfers', kind, 'activity', site, transfers, activity from transfer_sums
    union all
    select 'transfers', kind, 'lfn', site, transfers, lfn from transfer_sums
    union all
    select 'transfers', kind, 'scope', site, transfers, scope from transfer_sums
    union all
    select 'transfers', kind, 'dataset_name', site, transfers, dataset_name from transfer_sums
    union all
    select 'transfers', kind, 'bytes', site, transfers, bytes from transfer_sums
    union all
    select 'transfers', kind, 'started_at', site, transfers, started_at from transfer_sums
    union all
    select 'transfers', kind, 'src_site', site, transfers, src_site from transfer_sums
    union all
    select 'transfers', kind, 'dst_site', site, transfers, dst_site from transfer_sums
)

select
    cast($day as date) as day,
    table_name,
    kind,
    field,
    site,
    rows,
    present
from fields

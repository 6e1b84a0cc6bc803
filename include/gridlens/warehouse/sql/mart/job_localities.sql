-- Table 2(b) of the data-management paper: jobs that ended in the window and have a matched
-- transfer, by method: all of a job's transfers local, all remote, or a mix.
-- grain: position
-- reads: core.jobs, mart.job_transfer_times
-- filters: jobs
-- column: position | order of the rows
-- column: method | exact, rm1 or rm2
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: all_local | jobs whose matched transfers are all local
-- column: all_remote | jobs whose matched transfers are all remote
-- column: mixed | jobs with both
-- column: total | jobs with a matched transfer
-- column: of_jobs | all jobs that ended in the window
-- column: matched_ratio | total over of_jobs; NULL where there is no job
with methods as (
    select *
    from (values (1, 'exact'), (2, 'rm1'), (3, 'rm2')) as named (position, method)
),

totals as (
    select count(*) as of_jobs
    from core.jobs
    where $chosen_jobs
        and endtime is not null
),

counts as (
    select
        method,
        count(case when locality = 'local' then 1 end) as all_local,
        count(case when locality = 'remote' then 1 end) as all_remote,
        count(case when locality = 'mixed' then 1 end) as mixed,
        count(*) as total
    from mart.job_transfer_times
    where $chosen_jobs
    group by method
)

select
    methods.position,
    methods.method,
    $population as population,
    coalesce(counts.all_local, 0) as all_local,
    coalesce(counts.all_remote, 0) as all_remote,
    coalesce(counts.mixed, 0) as mixed,
    coalesce(counts.total, 0) as total,
    totals.of_jobs,
    coalesce(counts.total, 0) / nullif(totals.of_jobs, 0) as matched_ratio
from methods
cross join totals
left join counts on counts.method = methods.method
order by methods.position

-- What the generator learns from: one row a job with its variables, named as in the introspective
-- paper (sec. 5) where it has them. A job whose time of making is unknown is left out: a workload
-- is drawn in time.
-- grain: job_day, pandaid
-- reads: core.jobs, mart.job_workloads
-- filters: jobs
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: creationtime | when the job was made, UTC
-- column: computingsite | PanDA queue
-- column: project | project of the input dataset; NULL where there is none
-- column: prodstep | production step of the input dataset: fourth of the six or more parts of
--    `scope:project.number.stream.prodstep.datatype.version`; NULL where the name has another form
-- column: datatype | data types of the input, a comma list cut at 32 characters; NULL: none
-- column: ninputdatafiles | number of input files; NULL where unknown
-- column: inputfilebytes | sum of the input files' sizes; NULL where unknown
-- column: jobstatus | state in which the job ended
-- column: workload_gflop | CPU time of all cores times the speed of a core; NULL where unknown
-- column: jeditaskid | JEDI task of the job
-- column: corecount | cores asked for; NULL where unknown
-- column: nevents | events processed; NULL where unknown
-- column: workinggroup | working group; NULL for most user jobs
-- column: processingtype | kind of processing
with named_jobs as (
    select
        *,
        split_part(proddblock, ':', -1) as dataset
    from core.jobs
    where creationtime is not null
        and $chosen_jobs
)

select
    jobs.job_day,
    jobs.pandaid,
    jobs.creationtime,
    jobs.computingsite,
    jobs.inputfileproject as project,
    -- names of user, group and pilot datasets are of a free form
    case
        when length(jobs.dataset) - length(replace(jobs.dataset, '.', '')) >= 5
            and split_part(jobs.dataset, '.', 1) not in ('user', 'group', 'panda')
            then nullif(split_part(jobs.dataset, '.', 4), '')
    end as prodstep,
    jobs.inputfiletype as datatype,
    jobs.ninputdatafiles,
    jobs.inputfilebytes,
    jobs.jobstatus,
    workloads.workload_gflop,
    jobs.jeditaskid,
    jobs.corecount,
    jobs.nevents,
    jobs.workinggroup,
    jobs.processingtype
from named_jobs as jobs
left join mart.job_workloads as workloads
    on workloads.job_day = jobs.job_day and workloads.pandaid = jobs.pandaid

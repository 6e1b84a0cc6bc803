-- How much each job computed, in GFLOP. `workload_gflop` is the CPU time times the speed of a core:
-- cpuconsumptiontime counts all cores already. The introspective paper (sec. 5) multiplies by the
-- number of cores once more; `workload_paper_gflop` is that product, for comparison.
-- grain: job_day, pandaid
-- reads: core.jobs, core.site_speeds
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: is_user_job | prodsourcelabel is 'user'
-- column: jobstatus | state in which the job ended
-- column: computingsite | PanDA queue
-- column: site | ATLAS site of the queue; NULL where the queue is unknown
-- column: site_cloud | cloud of the site
-- column: tier_level | tier of the site, 0 to 3
-- column: country | country of the site
-- column: resource_type | SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM
-- column: cores | cores of the job
-- column: cpu_s | CPU time of all cores together, in seconds; NULL where unknown or negative
-- column: gflops_per_core | GFLOP/s of a core of the site; NULL where unknown
-- column: workload_gflop | cpu_s times gflops_per_core; NULL where either is unknown
-- column: workload_paper_gflop | workload_gflop times cores, the paper's product
-- warn: site is null or gflops_per_core is not null
with jobs as (
    select
        *,
        case when cpuconsumptiontime >= 0 then cpuconsumptiontime end as cpu_s
    from core.jobs
    where job_day = $day
)

select
    jobs.job_day,
    jobs.pandaid,
    jobs.is_user_job,
    jobs.jobstatus,
    jobs.computingsite,
    jobs.site,
    jobs.site_cloud,
    jobs.tier_level,
    jobs.country,
    jobs.resource_type,
    jobs.cores,
    jobs.cpu_s,
    speeds.gflops_per_core,
    jobs.cpu_s * speeds.gflops_per_core as workload_gflop,
    jobs.cpu_s * speeds.gflops_per_core * jobs.cores as workload_paper_gflop
from jobs
left join core.site_speeds as speeds on speeds.site = jobs.site and speeds.dump_day = jobs.job_day

-- What the jobs that ended in the window made of their sites: cores in use, CPU time, and bytes
-- read and written (introspective paper, sec. 3, indicator iv). CPU efficiency is CPU time over
-- wall time times cores, as a ratio of sums over the jobs of which all three are known and the
-- wall time is above 0. A job whose CPU time exceeds what its cores can give has one wrong
-- number; it stays in the sums, is counted, and its site is flagged if the sums exceed it too.
-- Jobs that ran in the window and ended after it are not in it: the last hours look emptier
-- than they were. The pilot divides bytes by 1,024.
-- grain: site
-- reads: core.jobs
-- filters: jobs
-- column: site | site of the jobs, or 'UNKNOWN'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs that ended in the window
-- column: efficiency_jobs | of these, jobs in the CPU efficiency
-- column: unknown_jobs | jobs that are not: CPU or wall time is unknown, or the latter not above 0
-- column: overfull_jobs | of efficiency_jobs, those above 100 %
-- column: cpu_s | CPU time of efficiency_jobs, in seconds
-- column: cpu_efficiency | cpu_s over their core seconds; NULL where there are none, above 1 where
--    is_overfull
-- column: is_overfull | cpu_efficiency is above 1, which cannot be
-- column: core_hours | wall time times cores of all jobs with a known wall time
-- column: mean_cores | cores in use at an instant of the window, on average
-- column: io_jobs | jobs with both of their bytes known
-- column: read_bytes | bytes read by their payloads
-- column: written_bytes | bytes written by their payloads
-- column: read_bytes_per_job | read_bytes over io_jobs; NULL where there is none
-- column: written_bytes_per_job | written_bytes over io_jobs; NULL where there is none
with chosen_jobs as (
    select
        coalesce(site, 'UNKNOWN') as site,
        case when wall_s >= 0 then wall_s * cores end as wall_core_s,
        case when wall_s > 0 and cores > 0 then cpuconsumptiontime end as cpu_s,
        cores * greatest(
            least(epoch(endtime), epoch(cast($window_end as timestamp)))
            - greatest(epoch(starttime), epoch(cast($window_start as timestamp))),
            0
        ) as core_s_in_window,
        case when totwbytes is not null then totrbytes end as read_kb,
        case when totrbytes is not null then totwbytes end as written_kb
    from core.jobs
    where $chosen_jobs
),

sums as (
    select
        site,
        count(*) as jobs,
        count(cpu_s) as efficiency_jobs,
        count(case when cpu_s > wall_core_s then 1 end) as overfull_jobs,
        cast(coalesce(sum(cpu_s), 0) as bigint) as cpu_s,
        cast(sum(case when cpu_s is not null then wall_core_s end) as bigint) as cpu_wall_core_s,
        cast(coalesce(sum(wall_core_s), 0) as bigint) as wall_core_s,
        -- greatest and least pass over NULLs: a job without a wall time must not come this far
        coalesce(sum(case when wall_core_s is not null then core_s_in_window end), 0)
            as core_s_in_window,
        count(read_kb) as io_jobs,
        cast(coalesce(sum(read_kb), 0) as bigint) * 1024 as read_bytes,
        cast(coalesce(sum(written_kb), 0) as bigint) * 1024 as written_bytes
    from chosen_jobs
    group by site
)

select
    site,
    $population as population,
    jobs,
    efficiency_jobs,
    jobs - efficiency_jobs as unknown_jobs,
    overfull_jobs,
    cpu_s,
    cpu_s / nullif(cpu_wall_core_s, 0) as cpu_efficiency,
    coalesce(cpu_s > cpu_wall_core_s, false) as is_overfull,
    wall_core_s / 3600 as core_hours,
    core_s_in_window / nullif(
        epoch(cast($window_end as timestamp)) - epoch(cast($window_start as timestamp)), 0
    ) as mean_cores,
    io_jobs,
    read_bytes,
    written_bytes,
    read_bytes / nullif(io_jobs, 0) as read_bytes_per_job,
    written_bytes / nullif(io_jobs, 0) as written_bytes_per_job
from sums
order by site

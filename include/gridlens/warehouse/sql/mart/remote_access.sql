-- Input that jobs read from another site (introspective paper, sec. 3, indicator iii), by the site
-- of the job and told in two ways that are never added: what matched downloads show, and what is
-- known of the places of the job's input files. mart.job_input_accesses says what each way knows.
-- It is told from the jobs: a transfer or a file counts once a job that claims it, so that bytes
-- are what the jobs asked for, and more than what moved where several claim one transfer.
-- grain: way, site
-- reads: mart.job_input_accesses
-- filters: jobs
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | method that matches the transfers
-- column: way | transfers: matched downloads; replicas: known places of the input files
-- column: method | method of the way 'transfers'; NULL for the other
-- column: site | site of the job, 'UNKNOWN', or 'Total'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: jobs | jobs with input that this way sees
-- column: known_jobs | of these, jobs with a read that is known to be local or remote
-- column: remote_jobs | of these, jobs with at least one remote read
-- column: remote_jobs_ratio | remote_jobs over known_jobs; NULL where there is none
-- column: local_bytes | bytes that lay at the job's site
-- column: remote_bytes | bytes that lay at other sites
-- column: unknown_bytes | bytes of which that is not known
-- column: remote_bytes_ratio | remote_bytes over the known bytes; NULL where there are none
with chosen_jobs as (
    select
        case way when 'replicas' then 'replicas' else 'transfers' end as way,
        coalesce(site, 'UNKNOWN') as site,
        local_reads,
        remote_reads,
        local_bytes,
        remote_bytes,
        unknown_bytes
    from mart.job_input_accesses
    where $chosen_jobs
        and (way = 'replicas' or way = $method)
),

sites_and_totals as (
    select *
    from chosen_jobs
    union all
    select
        way,
        'Total',
        local_reads,
        remote_reads,
        local_bytes,
        remote_bytes,
        unknown_bytes
    from chosen_jobs
),

sums as (
    select
        way,
        site,
        count(*) as jobs,
        count(case when local_reads + remote_reads > 0 then 1 end) as known_jobs,
        count(case when remote_reads > 0 then 1 end) as remote_jobs,
        cast(sum(local_bytes) as bigint) as local_bytes,
        cast(sum(remote_bytes) as bigint) as remote_bytes,
        cast(sum(unknown_bytes) as bigint) as unknown_bytes
    from sites_and_totals
    group by way, site
)

select
    way,
    case when way = 'transfers' then $method end as method,
    site,
    $population as population,
    jobs,
    known_jobs,
    remote_jobs,
    remote_jobs / nullif(known_jobs, 0) as remote_jobs_ratio,
    local_bytes,
    remote_bytes,
    unknown_bytes,
    remote_bytes / nullif(local_bytes + remote_bytes, 0) as remote_bytes_ratio
from sums
order by way, site

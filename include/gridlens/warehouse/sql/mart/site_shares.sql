-- Jobs of the window and the datasets that they read, by site (introspective paper, Fig. 4). A
-- dataset counts once for each site whose jobs read files of it, with its whole size: where its
-- replicas lie is not recorded, and what was made before the first loaded day has no size. Sites
-- whose share lies below the threshold are one row, 'Others'; jobs of unknown queues are the site
-- 'UNKNOWN'.
-- grain: position
-- reads: core.jobs, core.files, core.datasets
-- filters: jobs
-- argument: by_quantity = 'jobs' of 'jobs', 'dataset_bytes' | what the shares are of
-- argument: threshold_percent = '1.9' | sites below this share of the whole are folded
-- column: position | order of the rows: largest first, 'Others' last
-- column: site | ATLAS site, 'UNKNOWN' or 'Others'
-- column: population | jobs that are counted: 'user', 'production' or 'all'
-- column: sites | sites of the row: 1, but for 'Others'
-- column: jobs | jobs
-- column: datasets | input datasets that they read, each once a site
-- column: unsized_datasets | of these, datasets of unknown size
-- column: dataset_bytes | sizes of the datasets, in bytes
-- column: share_ratio | share of the quantity asked for; NULL where there is nothing of it
with chosen_jobs as (
    select
        job_day,
        pandaid,
        coalesce(site, 'UNKNOWN') as site
    from core.jobs
    where $chosen_jobs
),

job_counts as (
    select
        site,
        count(*) as jobs
    from chosen_jobs
    group by site
),

read_datasets as (
    select distinct
        jobs.site,
        files.datasetid
    from core.files as files
    join chosen_jobs as jobs on jobs.job_day = files.job_day and jobs.pandaid = files.pandaid
    where files.type = 'input'
        and files.datasetid is not null
        and files.job_day >= $window_start and files.job_day < $window_end
),

sizes as (
    select
        datasetid,
        max(
            case
                when strpos(datasetname, ':') > 0 then split_part(datasetname, ':', 2)
                else datasetname
            end
        ) as dataset,
        max(case when bytes >= 0 then bytes end) as bytes
    from core.datasets
    where created_day < $window_end
    group by datasetid
),

-- a dataset has an id for every task: it is one dataset all the same
handled_datasets as (
    select
        read_datasets.site,
        coalesce(sizes.dataset, cast(read_datasets.datasetid as varchar)) as dataset,
        max(sizes.bytes) as bytes
    from read_datasets
    left join sizes on sizes.datasetid = read_datasets.datasetid
    group by read_datasets.site, coalesce(sizes.dataset, cast(read_datasets.datasetid as varchar))
),

dataset_sums as (
    select
        site,
        count(*) as datasets,
        count(*) - count(bytes) as unsized_datasets,
        sum(bytes) as bytes
    from handled_datasets
    group by site
),

amounts as (
    select
        job_counts.site,
        job_counts.jobs,
        coalesce(dataset_sums.datasets, 0) as datasets,
        coalesce(dataset_sums.unsized_datasets, 0) as unsized_datasets,
        coalesce(dataset_sums.bytes, 0) as dataset_bytes,
        case
            when $by_quantity = 'jobs' then job_counts.jobs
            else coalesce(dataset_sums.bytes, 0)
        end as amount
    from job_counts
    left join dataset_sums on dataset_sums.site = job_counts.site
),

shares as (
    select
        *,
        amount / nullif(sum(amount) over (), 0) as share_ratio
    from amounts
),

folded_sites as (
    select
        case
            when 100 * share_ratio >= cast($threshold_percent as double) then site
            else 'Others'
        end as site,
        count(*) as sites,
        cast(sum(jobs) as bigint) as jobs,
        cast(sum(datasets) as bigint) as datasets,
        cast(sum(unsized_datasets) as bigint) as unsized_datasets,
        cast(sum(dataset_bytes) as bigint) as dataset_bytes,
        sum(share_ratio) as share_ratio
    from shares
    group by
        case
            when 100 * share_ratio >= cast($threshold_percent as double) then site
            else 'Others'
        end
)

select
    row_number() over (
        order by case when site = 'Others' then 1 else 0 end, share_ratio desc, site
    ) as position,
    site,
    $population as population,
    sites,
    jobs,
    datasets,
    unsized_datasets,
    dataset_bytes,
    share_ratio
from folded_sites
order by position

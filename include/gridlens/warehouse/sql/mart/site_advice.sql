-- What to do, site by site and link by link, and what it should bring: the mitigation of each kind
-- of anomaly (data-management paper, sec. 5.4 and 7), with the losses of the window's anomalies as
-- the gain, each times its confidence. The rank is by seconds, then bytes: seconds of jobs and of
-- transfers stand on one scale, as the papers have them. Advice for one place may ask for the same
-- seconds twice: for a hot site it is to send fewer jobs, for its jobs where to send them.
-- Filters leave out the kinds that mart.anomalies says.
-- grain: place, kind
-- reads: mart.anomalies
-- filters: jobs, transfers
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- column: rank | order of the rows: the largest expected gain first
-- column: place | ATLAS site, or source and destination of a link with > between; UNKNOWN where the
--    job's queue is unknown
-- column: site | ATLAS site; NULL for a link
-- column: src_site | source of a link
-- column: dst_site | destination of a link
-- column: kind | kind of the anomalies
-- column: mitigation | what would avoid them
-- column: cases | anomalies
-- column: days | days on which there were any
-- column: loss_s | seconds lost
-- column: loss_bytes | bytes moved without need
-- column: expected_gain_s | seconds lost, each anomaly's times its confidence
-- column: expected_gain_bytes | the same of the bytes
-- column: confidence_ratio | mean confidence of the anomalies
-- column: example_id | the anomaly that cost most seconds, then most bytes
with mitigations as (
    select *
    from (
        values
        ('sequential_staging', 'stage the files of a job in parallel'),
        ('long_transfer_failure', 'give up stalled copies early and take another source'),
        ('dominating_transfer', 'replicate the input ahead of the jobs'),
        ('avoidable_queueing', 'broker jobs to sites that are free, and copy their input there'),
        ('hot_site', 'send fewer jobs at once, and replicate popular input to other sites'),
        ('redundant_transfer', 'keep the first copy, and drop rules and copies that repeat it'),
        ('slow_link', 'check the link, and take other sources meanwhile'),
        ('failing_link', 'mend what the reason names, and take other sources meanwhile'),
        ('asymmetric_link', 'check the lighter direction')
    ) as named (kind, mitigation)
),

anomalies as (
    select
        found.*,
        coalesce(site, src_site || '>' || dst_site, 'UNKNOWN') as place
    from mart.anomalies($same_jobs, with_activity := $with_activity, method := $method) as found
),

ordered_anomalies as (
    select
        anomalies.*,
        row_number() over (
            partition by place, kind order by loss_s desc, loss_bytes desc, anomaly_id
        ) as place_in_kind
    from anomalies
),

sums as (
    select
        place,
        kind,
        max(site) as site,
        max(case when site is null then src_site end) as src_site,
        max(case when site is null then dst_site end) as dst_site,
        count(*) as cases,
        count(distinct day) as days,
        cast(sum(loss_s) as bigint) as loss_s,
        cast(sum(loss_bytes) as bigint) as loss_bytes,
        cast(round(sum(loss_s * confidence_ratio)) as bigint) as expected_gain_s,
        cast(round(sum(loss_bytes * confidence_ratio)) as bigint) as expected_gain_bytes,
        avg(confidence_ratio) as confidence_ratio,
        max(case when place_in_kind = 1 then anomaly_id end) as example_id
    from ordered_anomalies
    group by place, kind
)

select
    row_number() over (
        order by
            sums.expected_gain_s desc,
            sums.expected_gain_bytes desc,
            sums.cases desc,
            sums.place,
            sums.kind
    ) as rank,
    sums.place,
    sums.site,
    sums.src_site,
    sums.dst_site,
    sums.kind,
    mitigations.mitigation,
    sums.cases,
    sums.days,
    sums.loss_s,
    sums.loss_bytes,
    sums.expected_gain_s,
    sums.expected_gain_bytes,
    sums.confidence_ratio,
    sums.example_id
from sums
join mitigations on mitigations.kind = sums.kind
order by rank

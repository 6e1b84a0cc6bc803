-- What to do, site by site and link by link, and what it should bring: the mitigation of each kind
-- of anomaly (data-management paper, sec. 5.4 and 7), with the losses of the window's anomalies as
-- the gain, each times its confidence. The rank is by seconds, then bytes: seconds of jobs and of
-- transfers stand on one scale, as the papers have them. A hot site's jobs may have waited while
-- another site was free: what these would gain elsewhere is avoidable queueing, and the hot site
-- has the rest. Other kinds may still tell of the same seconds, as mart.anomalies says.
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
-- column: expected_gain_s | seconds lost, each anomaly's times its confidence; of a hot site, less
--    those of the place's avoidable queueing, and 0 at least
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
        cast(round(sum(loss_s * confidence_ratio)) as bigint) as gain_s,
        cast(round(sum(loss_bytes * confidence_ratio)) as bigint) as expected_gain_bytes,
        avg(confidence_ratio) as confidence_ratio,
        max(case when place_in_kind = 1 then anomaly_id end) as example_id
    from ordered_anomalies
    group by place, kind
),

gains as (
    select
        sums.*,
        gain_s - case
            when kind = 'hot_site' then least(
                gain_s,
                coalesce(
                    max(case when kind = 'avoidable_queueing' then gain_s end)
                        over (partition by place),
                    0
                )
            )
            else 0
        end as expected_gain_s
    from sums
)

select
    row_number() over (
        order by
            gains.expected_gain_s desc,
            gains.expected_gain_bytes desc,
            gains.cases desc,
            gains.place,
            gains.kind
    ) as rank,
    gains.place,
    gains.site,
    gains.src_site,
    gains.dst_site,
    gains.kind,
    mitigations.mitigation,
    gains.cases,
    gains.days,
    gains.loss_s,
    gains.loss_bytes,
    gains.expected_gain_s,
    gains.expected_gain_bytes,
    gains.confidence_ratio,
    gains.example_id
from gains
join mitigations on mitigations.kind = gains.kind
order by rank

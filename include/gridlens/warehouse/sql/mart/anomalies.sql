-- All anomalies of the window, of every kind, one row each: what, where, how sure, and what it cost
-- (data-management paper, sec. 5.4 and 7). Each kind is a mart of its own, with evidence, thresholds
-- and the reasons for them: mart.sequential_stagings, mart.long_transfer_failures,
-- mart.dominating_transfers, mart.redundant_transfers, mart.slow_links, mart.failing_links,
-- mart.asymmetric_links, mart.hot_sites, mart.avoidable_queueing; here they are asked with their own
-- defaults. Losses of one kind may be added. Over kinds they may not: avoidable queueing and hot
-- sites tell of the same waits, and a redundant copy may also be a slow one.
-- Filters reach as far as the records: no transfer tells its job's population, queue or resource type,
-- and no job an activity. The population chooses among jobs alone; where a queue or a resource type is
-- asked for, the kinds of links and copies are left out, and where an activity is, those of jobs.
-- grain: anomaly_id
-- reads: mart.sequential_stagings, mart.long_transfer_failures, mart.dominating_transfers,
--    mart.redundant_transfers, mart.slow_links, mart.failing_links, mart.asymmetric_links,
--    mart.hot_sites, mart.avoidable_queueing
-- filters: jobs, transfers, links
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- column: anomaly_id | kind and key; the same whenever the window is asked for
-- column: kind | sequential_staging, long_transfer_failure, dominating_transfer, redundant_transfer,
--    slow_link, failing_link, asymmetric_link, hot_site or avoidable_queueing
-- column: day | UTC day: of the job's end, of the transfers, or on which a hot site's jobs were made
-- column: site | ATLAS site that it happened at; NULL for a link
-- column: src_site | source of a link
-- column: dst_site | destination of a link or of a copy
-- column: pandaid | PanDA job id, where it happened to a job
-- column: jeditaskid | JEDI task, where one is concerned
-- column: evidence | the numbers that show it, in words
-- column: loss_s | seconds lost, by the definition of its mart; 0 where none can be told
-- column: loss_bytes | bytes moved without need; 0 where none were, or none can be told
-- column: confidence_ratio | by the rule of its mart
-- column: rule_version | kind and version of its rule, which goes up when the rule finds other
--    anomalies or counts other losses
-- column: bigpanda_url | the job's page in BigPanDA, else the task's
-- column: rucio_url | the file's page in Rucio
with anomalies as (
    select
        'sequential_staging' as kind,
        2 as version,
        cast(pandaid as varchar) as key,
        job_day as day,
        site,
        cast(null as varchar) as src_site,
        cast(null as varchar) as dst_site,
        pandaid,
        jeditaskid,
        copies || ' copies one after the other took ' || staging_queue_s || ' s, '
        || round(100 * queue_share_ratio, 1) || ' % of the queue time, the longest ' || longest_s
        || ' s' as evidence,
        loss_s,
        0 as loss_bytes,
        confidence_ratio,
        cast(null as varchar) as did
    from mart.sequential_stagings($same_jobs, method := $method)
    union all
    select
        'long_transfer_failure',
        1,
        cast(pandaid as varchar),
        job_day,
        site,
        null,
        null,
        pandaid,
        jeditaskid,
        'failed after one copy of ' || longest_s || ' s, '
        || round(100 * lifetime_share_ratio, 1) || ' % of its life'
        || case when is_spanning_start then ', across its start' else '' end,
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.long_transfer_failures($same_jobs, method := $method)
    union all
    select
        'dominating_transfer',
        1,
        cast(pandaid as varchar),
        job_day,
        site,
        null,
        null,
        pandaid,
        jeditaskid,
        transfers || ' ' || locality || ' transfers took ' || loss_s || ' s, '
        || round(100 * share_ratio, 1) || ' % of the ' || quantity || ' time, the job '
        || coalesce(jobstatus, 'ended'),
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.dominating_transfers($same_jobs, method := $method)
    union all
    select
        'avoidable_queueing',
        3,
        cast(pandaid as varchar),
        job_day,
        site,
        null,
        null,
        pandaid,
        jeditaskid,
        'waited ' || queue_s || ' s while ' || free_site || ' started '
        || round(100 * prompt_ratio, 1) || ' % of ' || free_jobs || ' jobs at once',
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.avoidable_queueing($same_jobs, method := $method)
    union all
    select
        'hot_site',
        3,
        day || '/' || site,
        day,
        site,
        null,
        null,
        null,
        null,
        jobs || ' jobs typically waited ' || cast(round(typical_queue_s) as bigint) || ' s, '
        || round(slowdown, 1) || ' times the grid''s, the longest ' || max_queue_s || ' s',
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.hot_sites($same_jobs)
    union all
    select
        'redundant_transfer',
        3,
        day || '/' || first_transfer_id,
        day,
        dst_site,
        null,
        dst_site,
        null,
        jeditaskid,
        copies || ' copies of one file to one site, ' || avoidable_copies || ' avoidable'
        || case when inferred_copies > 0 then ', ' || inferred_copies || ' to an inferred site' else ''
        end,
        loss_s,
        loss_bytes,
        confidence_ratio,
        url_encode(scope) || '/' || url_encode(lfn)
    from mart.redundant_transfers($same_transfers)
    union all
    select
        'slow_link',
        1,
        day || '/' || src_site || '>' || dst_site,
        day,
        null,
        src_site,
        dst_site,
        null,
        null,
        transfers || ' transfers at ' || round(typical_bytes_per_s / 1000000, 1) || ' MB/s, '
        || round(slowdown, 1) || ' times below the usual '
        || round(usual_bytes_per_s / 1000000, 1) || ' MB/s',
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.slow_links($same_links)
    union all
    select
        'failing_link',
        1,
        day || '/' || src_site || '>' || dst_site,
        day,
        null,
        src_site,
        dst_site,
        null,
        null,
        failures || ' of ' || attempts || ' attempts failed, ' || reason_failures || ' with: '
        || reason,
        loss_s,
        0,
        confidence_ratio,
        null
    from mart.failing_links($same_links)
    union all
    select
        'asymmetric_link',
        1,
        day || '/' || src_site || '>' || dst_site,
        day,
        null,
        src_site,
        dst_site,
        null,
        null,
        round(bytes / 1000000000000, 3) || ' TB in ' || transfers || ' transfers, back '
        || round(back_bytes / 1000000000000, 3) || ' TB in ' || back_transfers,
        0,
        0,
        confidence_ratio,
        null
    from mart.asymmetric_links($same_links)
)

select
    kind || '/' || key as anomaly_id,
    kind,
    day,
    site,
    src_site,
    dst_site,
    pandaid,
    jeditaskid,
    evidence,
    loss_s,
    cast(loss_bytes as bigint) as loss_bytes,
    confidence_ratio,
    kind || '/' || version as rule_version,
    case
        when pandaid is not null then 'https://bigpanda.cern.ch/job/' || pandaid || '/'
        when jeditaskid is not null then 'https://bigpanda.cern.ch/task/' || jeditaskid || '/'
    end as bigpanda_url,
    'https://rucio-ui.cern.ch/did/' || did as rucio_url
from anomalies
where case
        when kind in ('redundant_transfer', 'slow_link', 'failing_link', 'asymmetric_link')
            then $at_queue = 'all' and $with_resource_type = 'all'
        else $with_activity = 'all'
    end

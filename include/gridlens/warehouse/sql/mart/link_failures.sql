-- Failed attempts of the window by link, activity and reason, beside the transfers of the same link
-- and activity that came to a good end. The interval of the ratio is Wilson's at 95 %, so that one
-- failure of one attempt does not look like a dead link. An unknown end is the site UNKNOWN. A
-- filter by place keeps both ways of every link with such an end. All links are here, by reason;
-- mart.failing_links has only those that mostly failed for some hours.
-- grain: src_site, dst_site, activity, reason
-- reads: core.transfers, core.transfer_failures, core.sites
-- filters: links
-- column: src_site | site read from, or UNKNOWN
-- column: dst_site | site written to, or UNKNOWN
-- column: activity | Rucio activity, or 'not recorded'
-- column: reason | reason as recorded, addresses replaced by <url>; or 'not recorded'
-- column: failures | attempts that failed for this reason
-- column: reason_ratio | failures over all_failures
-- column: all_failures | attempts that failed for any reason, on this link for this activity
-- column: transfers | transfers that came to a good end, on this link for this activity
-- column: failure_ratio | all_failures over all_failures and transfers
-- column: low_ratio | lower end of its interval
-- column: high_ratio | upper end of its interval
with chosen_failures as (
    select
        coalesce(src_site, 'UNKNOWN') as src_site,
        coalesce(dst_site, 'UNKNOWN') as dst_site,
        coalesce(activity, 'not recorded') as activity,
        coalesce(regexp_replace(reason, '[A-Za-z]+://[^ ]+', '<url>', 'g'), 'not recorded')
            as reason
    from core.transfer_failures
    where $chosen_links
),

successes as (
    select
        coalesce(src_site, 'UNKNOWN') as src_site,
        coalesce(dst_site, 'UNKNOWN') as dst_site,
        coalesce(activity, 'not recorded') as activity,
        count(*) as transfers
    from core.transfers
    where $chosen_links
    group by
        coalesce(src_site, 'UNKNOWN'),
        coalesce(dst_site, 'UNKNOWN'),
        coalesce(activity, 'not recorded')
),

reasons as (
    select
        src_site,
        dst_site,
        activity,
        reason,
        count(*) as failures
    from chosen_failures
    group by src_site, dst_site, activity, reason
),

counts as (
    select
        reasons.src_site,
        reasons.dst_site,
        reasons.activity,
        reasons.reason,
        reasons.failures,
        cast(
            sum(reasons.failures) over (
                partition by reasons.src_site, reasons.dst_site, reasons.activity
            ) as bigint
        ) as all_failures,
        coalesce(successes.transfers, 0) as transfers
    from reasons
    left join successes
        on successes.src_site = reasons.src_site
        and successes.dst_site = reasons.dst_site
        and successes.activity = reasons.activity
),

ratios as (
    select
        counts.*,
        all_failures + transfers as attempts,
        all_failures / (all_failures + transfers) as failure_ratio,
        3.841459 as z_squared
    from counts
),

intervals as (
    select
        ratios.*,
        (failure_ratio + z_squared / (2 * attempts)) / (1 + z_squared / attempts) as middle_ratio,
        sqrt(
            z_squared * failure_ratio * (1 - failure_ratio) / attempts
            + z_squared * z_squared / (4 * attempts * attempts)
        ) / (1 + z_squared / attempts) as half_ratio
    from ratios
)

select
    src_site,
    dst_site,
    activity,
    reason,
    failures,
    failures / all_failures as reason_ratio,
    all_failures,
    transfers,
    failure_ratio,
    greatest(middle_ratio - half_ratio, 0.0) as low_ratio,
    least(middle_ratio + half_ratio, 1.0) as high_ratio
from intervals
order by all_failures desc, src_site, dst_site, activity, failures desc, reason

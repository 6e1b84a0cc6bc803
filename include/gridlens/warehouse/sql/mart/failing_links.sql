-- Links on which most attempts failed for some hours, with the reason that most of them gave. An
-- attempt is a row of core.transfers or of core.transfer_failures; both ends must be known. A filter
-- by place keeps both ways of every link with such an end.
-- Half: the link then fails more than it works. Three hours and ten attempts: as short as most
-- links' traffic allows. Bytes are no loss here: how many a failed attempt moved is not recorded.
-- This is an anomaly, by day; mart.link_failures has the failure ratio of every link, by reason.
-- grain: day, src_site, dst_site
-- reads: core.transfers, core.transfer_failures, core.sites
-- filters: links
-- argument: spell_h = '3' | hours that are looked at together
-- argument: least_ratio = '0.5' | share of failed attempts from which a spell counts
-- argument: least_attempts = '10' | attempts in the spell
-- column: day | UTC day on which the attempts began
-- column: src_site | site of the source
-- column: dst_site | site of the destination
-- column: spells | failing spells of the day
-- column: attempts | attempts that began in them
-- column: failures | of these, attempts that failed
-- column: failed_ratio | failures over attempts
-- column: reason | the reason that most of them gave, in the words of mart.link_failures; of equals, the
--    first by name
-- column: reason_failures | failures that gave it
-- column: first_at | when the first failed attempt began
-- column: last_at | when the last failed attempt began
-- column: loss_s | seconds that the failed attempts took, as far as known
-- column: confidence_ratio | attempts over attempts and ten: half sure of the fewest, more of many
with attempts as (
    select
        started_day,
        src_site,
        dst_site,
        activity,
        started_at,
        0 as is_failed,
        0 as failed_s,
        cast(null as varchar) as reason
    from core.transfers
    union all
    select
        started_day,
        src_site,
        dst_site,
        activity,
        coalesce(started_at, submitted_at, created_at, ended_at),
        1,
        coalesce(duration_s, 0),
        coalesce(regexp_replace(reason, '[A-Za-z]+://[^ ]+', '<url>', 'g'), 'not recorded')
    from core.transfer_failures
),

chosen_attempts as (
    select
        attempts.*,
        cast(floor(epoch(started_at) / (3600 * cast($spell_h as double))) as bigint) as spell
    from attempts
    where $chosen_links
        and src_site is not null
        and dst_site is not null
        and started_at is not null
),

spells as (
    select
        started_day,
        src_site,
        dst_site,
        spell,
        count(*) as attempts,
        cast(sum(is_failed) as bigint) as failures,
        cast(sum(failed_s) as bigint) as failed_s
    from chosen_attempts
    group by started_day, src_site, dst_site, spell
),

failing_spells as (
    select *
    from spells
    where attempts >= cast($least_attempts as bigint)
        and failures > 0
        and failures >= cast($least_ratio as double) * attempts
),

reasons as (
    select
        failures.started_day,
        failures.src_site,
        failures.dst_site,
        failures.reason,
        count(*) as reason_failures,
        min(failures.started_at) as first_at,
        max(failures.started_at) as last_at
    from chosen_attempts as failures
    join failing_spells as spells
        on spells.started_day = failures.started_day
        and spells.src_site = failures.src_site
        and spells.dst_site = failures.dst_site
        and spells.spell = failures.spell
    where failures.is_failed = 1
    group by failures.started_day, failures.src_site, failures.dst_site, failures.reason
),

ordered_reasons as (
    select
        reasons.*,
        row_number() over (
            partition by started_day, src_site, dst_site order by reason_failures desc, reason
        ) as place
    from reasons
),

main_reasons as (
    select
        started_day,
        src_site,
        dst_site,
        max(case when place = 1 then reason end) as reason,
        max(case when place = 1 then reason_failures end) as reason_failures,
        min(first_at) as first_at,
        max(last_at) as last_at
    from ordered_reasons
    group by started_day, src_site, dst_site
),

failing_days as (
    select
        started_day,
        src_site,
        dst_site,
        count(*) as spells,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(failures) as bigint) as failures,
        cast(sum(failed_s) as bigint) as failed_s
    from failing_spells
    group by started_day, src_site, dst_site
)

select
    failing_days.started_day as day,
    failing_days.src_site,
    failing_days.dst_site,
    failing_days.spells,
    failing_days.attempts,
    failing_days.failures,
    failing_days.failures / failing_days.attempts as failed_ratio,
    main_reasons.reason,
    main_reasons.reason_failures,
    main_reasons.first_at,
    main_reasons.last_at,
    failing_days.failed_s as loss_s,
    failing_days.attempts / (failing_days.attempts + 10) as confidence_ratio
from failing_days
join main_reasons
    on main_reasons.started_day = failing_days.started_day
    and main_reasons.src_site = failing_days.src_site
    and main_reasons.dst_site = failing_days.dst_site

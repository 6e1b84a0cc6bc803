-- Anomalies of the window by kind and day. Seconds and bytes of one kind may be added over days;
-- mart.anomalies says what they mean, which kinds tell of the same seconds, and which a filter
-- leaves out.
-- grain: kind, day
-- reads: mart.anomalies
-- filters: jobs, transfers
-- argument: method = 'exact' of 'exact', 'rm1', 'rm2' | the method that matches job and transfers
-- column: kind | kind of anomaly
-- column: day | UTC day
-- column: anomalies | anomalies of that kind on that day
-- column: loss_s | seconds lost
-- column: loss_bytes | bytes moved without need
-- column: mean_confidence_ratio | mean of their confidence
select
    kind,
    day,
    count(*) as anomalies,
    cast(sum(loss_s) as bigint) as loss_s,
    cast(sum(loss_bytes) as bigint) as loss_bytes,
    avg(confidence_ratio) as mean_confidence_ratio
from mart.anomalies($same_jobs, with_activity := $with_activity, method := $method)
group by kind, day
order by kind, day

-- PanDA queues and the sites that they stand at, as the dump of the day has them.
-- grain: dump_day, queue
-- reads: raw.queues
-- day: dump_day
-- like: queues
-- column: dump_day | UTC day of the dump
-- fail: queue is not null
select queues.*
from raw.queues as queues
where queues.dump_day = $day

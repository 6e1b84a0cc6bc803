-- Rucio storage elements and the sites that they stand at, as the dump of the day has them.
-- grain: dump_day, rse
-- reads: raw.rses
-- day: dump_day
-- like: rses
-- column: dump_day | UTC day of the dump
-- fail: rse is not null
select rses.*
from raw.rses as rses
where rses.dump_day = $day

-- Volume that Rucio manages, by day and kind of data, as the dump of the day has its history. It
-- is there on days whose dump was loaded, and on no other.
-- grain: dump_day, volume_day, datatype, project
-- reads: raw.storage_volumes
-- day: dump_day
-- like: storage_volumes
-- column: dump_day | UTC day of the dump
-- fail: volume_day is not null
select volumes.*
from raw.storage_volumes as volumes
where volumes.dump_day = $day

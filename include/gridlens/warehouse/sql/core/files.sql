-- Files that PanDA jobs read and wrote, on the day of their job.
-- grain: job_day, pandaid, fileid, type, scope, lfn, dataset_name
-- reads: raw.files
-- day: job_day
-- like: files
-- column: job_day | UTC day of the file's job
-- fail: pandaid is not null
select files.*
from raw.files as files
where files.job_day = $day

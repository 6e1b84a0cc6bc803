-- Datasets that JEDI tasks read and write, on the day on which they were made.
-- grain: created_day, datasetid, jeditaskid
-- reads: raw.datasets
-- day: created_day
-- like: datasets
-- column: created_day | UTC day on which the dataset was made
-- fail: datasetid is not null
select datasets.*
from raw.datasets as datasets
where datasets.created_day = $day

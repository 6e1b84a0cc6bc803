"""Anomalies found against planted ones: precision and recall by kind, for a seed and a size.

    python benchmarks/anomalies.py FOLDER [--seed 11] [--jobs-per-day 12000] [--days 8]

FOLDER becomes a home of simulated days and their warehouse; what is there already is used again.
What is found is `mart.anomalies` with its defaults, over all days and all jobs; what was planted
stands in truth/faults-DAY.parquet. A redundant set is known by its file, a link and a site by
their names and the day, a job by its id. Anomalies that came about by chance are in no book, but
for those of the stagings, and lower the precision.
"""

import argparse
from pathlib import Path

from gridlens.pipelines import run_day, settle
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day, Window

FIRST = Day.parse("2025-04-01")

PLANTED = """
select distinct
    named.kind,
    case faults.table
        when 'jobs' then faults.key
        when 'transfers' then transfers.scope || ':' || transfers.lfn
        else regexp_extract(faults.filename, 'faults-(.{{10}})', 1) || '/' || faults.key
    end as key
from read_parquet('{truth}/faults-*.parquet', filename = true) as faults
join (
    values
    ('sequential_staging', 'sequential_staging'),
    ('long_transfer_failed', 'long_transfer_failure'),
    ('dominating_transfer', 'dominating_transfer'),
    ('idle_remote_capacity', 'avoidable_queueing'),
    ('hot_site', 'hot_site'),
    ('redundant_copy', 'redundant_transfer'),
    ('redundant_copy_unknown_site', 'redundant_transfer'),
    ('slow_link', 'slow_link'),
    ('failing_link', 'failing_link'),
    ('asymmetric_link', 'asymmetric_link')
) as named (planted, kind) on named.planted = faults.kind
left join core.transfers as transfers
    on faults.table = 'transfers' and transfers.transfer_id = faults.key
-- copies from before the first day are in no export
where faults.table <> 'transfers' or transfers.transfer_id is not null
"""

FOUND = """
select distinct
    kind,
    case
        when pandaid is not null then cast(pandaid as varchar)
        when kind = 'redundant_transfer' then
            url_decode(replace(split_part(rucio_url, '/did/', 2), '/', ':'))
        else regexp_replace(anomaly_id, '^[a-z_]+/', '')
    end as key
from mart.anomalies(date '{window.first}', date '{window.end}', population := 'all')
"""

COMPARED = """
select
    coalesce(planted.kind, found.kind) as kind,
    count(planted.key) as planted,
    count(found.key) as found,
    count(case when planted.key = found.key then 1 end) as both
from ({planted}) as planted
full join ({found}) as found on found.kind = planted.kind and found.key = planted.key
group by 1
order by 1
"""


def main() -> None:
    """Make and load the days where they are not there, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs-per-day", type=int, default=12_000)
    parser.add_argument("--days", type=int, default=8)
    given = parser.parse_args()
    settings = Settings(home=given.folder.absolute(), personal_key="a key of the benchmark alone")
    window = Window(FIRST, FIRST.plus(given.days))
    if not (settings.home / "sources.toml").exists():
        make_days(
            settings.home,
            seed=given.seed,
            first=FIRST,
            days=given.days,
            jobs_per_day=given.jobs_per_day,
            progress=print,
        )
    if not settings.warehouse.exists():
        for day in window:
            run_day(settings, day, print)
    settle(settings)
    print(f"{'kind':24}{'planted':>9}{'found':>9}{'both':>9}{'precision':>11}{'recall':>9}")
    for kind, planted, found, both in compared(settings, window):
        print(f"{kind:24}{planted:9}{found:9}{both:9}{of(both, found):>11}{of(both, planted):>9}")


def compared(settings: Settings, window: Window) -> list[tuple[str, int, int, int]]:
    """Kind, planted, found, and both."""
    planted = PLANTED.format(truth=settings.home / "truth")
    query = COMPARED.format(planted=planted, found=FOUND.format(window=window))
    with open_lake(settings).reader() as lake:
        return lake.execute(query).fetchall()


def of(part: int, whole: int) -> str:
    """A ratio as text."""
    return f"{part / whole:.2f}" if whole else "-"


if __name__ == "__main__":
    main()

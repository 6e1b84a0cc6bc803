"""How often each method of site inference is right, on sites that are hidden from it.

    python benchmarks/matching/hidden_sites.py HOME

HOME is a home with a warehouse of made days and their truth. Of the transfers of one job in
twenty the site of the job's side is taken away; half of these get an invalid name instead, and
half keep their storage element. What `core.site_inferences` then tells is held against what was
recorded. Copies that served no job, whose site was planted as unknown, count where the planted
copy's sibling is at the site of its job.
"""

import argparse
from pathlib import Path

from gridlens.matching import V1
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import INFERENCES, models
from gridlens.settings import Settings

METHODS = ("rse", "task", "sibling", "size")
HIDDEN = """
create or replace table core.transfers as
with drawn as (
    select *, transfer_id in (select transfer_id from victims) as is_hidden,
        case when md5_number_lower(transfer_id) % 2 = 0 then 'NOWHERE' end as shown,
        md5_number_lower(transfer_id) % 4 > 1 as keeps_rse
    from lake.core.transfers where started_day <= '{day}'
)
select * exclude (is_hidden, shown, keeps_rse) replace (
    case when is_hidden and direction = 'download' then shown else dst_site end as dst_site,
    case when is_hidden and direction = 'upload' then shown else src_site end as src_site,
    case when not is_hidden or direction = 'upload' or keeps_rse then dst_rse end as dst_rse,
    case when not is_hidden or direction = 'download' or keeps_rse then src_rse end as src_rse)
from drawn
"""
OUTCOMES = """
select count(*), count(*) filter (where told = site) from (
    select regexp_extract(evidence, '{method}: ([^ ]+) by', 1) as told,
        coalesce(case when side = 'dst' then t.dst_site else t.src_site end, j.site) as site
    from inferences i
    join lake.core.transfers t using (transfer_id)
    left join owners using (transfer_id)
    left join lake.core.jobs j on j.pandaid = owners.pandaid
    where evidence like '%{method}: %'
) where told <> '' and site is not null
"""


def measure(con, home):
    """Print, by method, how many sites it told and how many of them are right."""
    days = con.execute("select distinct job_day from lake.core.jobs order by 1").fetchall()
    model = models(V1)[INFERENCES]
    con.execute("use memory")
    con.execute("create schema core")
    truth = f"select * from read_parquet('{home}/truth/2*.parquet')"
    con.execute(f"create table victims as select transfer_id from ({truth}) where pandaid % 20 = 0")
    # A planted copy belongs beside the transfers of the same file and task.
    con.execute(f"""
        create table owners as
        select copies.transfer_id, min(planted.pandaid) as pandaid
        from lake.core.transfers copies
        join lake.core.transfers t using (lfn, jeditaskid)
        join ({truth}) planted on planted.transfer_id = t.transfer_id
        group by all
    """)
    for number, (day,) in enumerate(days):
        for table in ("jobs", "files", "sites", "rses"):
            column = "job_day" if table in ("jobs", "files") else "dump_day"
            con.execute(
                f"create or replace view core.{table} as "
                f"from lake.core.{table} where {column} = '{day}'"
            )
        con.execute(HIDDEN.format(day=day))
        into = "insert into inferences" if number else "create table inferences as"
        select = model.bound({"day": f"date '{day}'"})
        con.execute(f"{into} {select}")
    for method in METHODS:
        told, right = con.execute(OUTCOMES.format(method=method)).fetchall()[0]
        print(f"{method:<8} told {told:>6,} right {right:>6,} ({(right + 1) / (told + 2):.4f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    given = parser.parse_args()
    lake = open_lake(Settings(home=given.home.absolute(), memory_limit="4GB"))
    with lake.reader() as con:
        measure(con, given.home.absolute())

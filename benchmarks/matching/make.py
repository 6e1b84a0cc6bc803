"""Made jobs, files and transfers of the size of the paper's eight days, as three Parquet files.

    python benchmarks/matching/make.py FOLDER [--scale 0.1] [--copies 1]

Row counts, the activities and the share of transfers that name a task are those of the
data-management paper (sec. 5.1, Table 1); the number of files is not in it and is set to six a
job. About as many pairs match as in the paper's Table 2. Everything follows from the row number
through MD5, so the same scale gives the same rows. ``--copies 3`` writes three times the rows,
as copies with ids and names of their own: what growth is measured with.
"""

import argparse
from pathlib import Path

import duckdb

JOBS = 966_453
TRANSFERS = 6_784_936
WITH_TASK = {
    "Analysis Download": 176_694,
    "Analysis Download Direct IO": 548_712,
    "Analysis Upload": 3_059,
    "Production Upload": 824_963,
    "Production Download": 31_801,
}

MACROS = """
create macro draw(n, salt, below) as md5_number_lower(concat(n, '/', salt)) % below;
create macro task_of(job) as 40000000 + job // 24;
create macro job_name(n) as printf('CLOUD-SITE-%03d', n);
create macro site_of(job) as job_name(draw(job // 24, 'site', 120) * 4 + draw(job, 'site', 4));
create macro created_at(job) as
    timestamp '2025-04-01' + to_seconds(cast(draw(job, 'created', 600000) as bigint));
create macro ended_at(job) as
    created_at(job) + to_seconds(cast(3600 + draw(job, 'life', 60000) as bigint));
create macro size_of(job, part) as
    cast(100000000 + draw(job * 6 + part, 'size', 4900000000) as bigint);
create macro maker_of(job, part) as 30000000 + draw(job // 24 * 4 + part, 'maker', 8000000);
create macro input_dataset(job, part) as printf(
    'mc23_13p6TeV.%06d.PhPy8EG_AZNLO_Zmumu.deriv.DAOD_PHYS.e8514_s4159_r15530_p6026_tid%08d_00',
    500000 + job // 24, maker_of(job, part));
create macro output_dataset(job) as printf('user.someone.%08d.analysis.v1_hist', task_of(job));
create macro lfn_of(job, part) as case
    when part < 4 then printf(
        'DAOD_PHYS.%08d._%06d.pool.root.1', maker_of(job, part), draw(job * 4 + part, 'no', 999999))
    when part = 4 then printf('user.someone.%08d._%06d.hist.root', task_of(job), job)
    else printf('user.someone.%08d._%06d.log.tgz', task_of(job), job) end;
"""

JOB_ROWS = """
select 6500000000 + job as pandaid, task_of(job) as jeditaskid,
    created_at(job) as creationtime, created_at(job) + interval 30 minute as starttime,
    ended_at(job) as endtime, site_of(job) as computingsite,
    size_of(job, 0) + size_of(job, 1) + size_of(job, 2) + size_of(job, 3) as inputfilebytes,
    size_of(job, 4) as outputfilebytes
from (select range as job from range({jobs})) order by job
"""

FILE_ROWS = """
select 6500000000 + job as pandaid, task_of(job) as jeditaskid,
    case when part < 4 then 'input' when part = 4 then 'output' else 'log' end as type,
    lfn_of(job, part) as lfn,
    case when part < 4 then 'mc23_13p6TeV' else 'user.someone' end as scope,
    case when part < 4 then 'mc23_13p6TeV:' || input_dataset(job, part) || '/'
        else 'user.someone:' || output_dataset(job) || '/' end as dataset_name,
    case when part < 4 then 'mc23_13p6TeV:' || input_dataset(job, part) end as proddblock,
    case when part >= 4 then output_dataset(job) || '_sub' || job end as destinationdblock,
    size_of(job, part) as fsize
from (select range // 6 as job, cast(range % 6 as integer) as part from range({jobs} * 6))
order by job, part
"""

# Of the user transfers that name a task, those below `served` carry a file of a job: four of
# every ten jobs get all inputs to their own site, the others lose the site or the size.
TRANSFER_ROWS = """
with numbered as (
    select range as n, range // 4 as served_job, cast(range % 4 as integer) as part
    from range({transfers})
), drawn as (
    select n, case
            when n < {served} then served_job * {stride}
            when n < {downloads} then cast(draw(n, 'job', {jobs}) as bigint)
            when n < {uploads} then (n - {downloads}) * {upload_stride}
        end as job,
        case when n < {served} then part when n >= {downloads} and n < {uploads} then 4 end as part,
        draw(served_job, 'fault', 10) as fault
    from numbered
)
select md5(concat('transfer', n)) as transfer_id,
    case when n < {uploads} then task_of(job)
        when n < {tasked} then 30000000 + n // 50 end as jeditaskid,
    case when n < {downloads} and draw(n // 4, 'direct', 100) < 76
            then 'Analysis Download Direct IO'
        when n < {downloads} then 'Analysis Download'
        when n < {uploads} then 'Analysis Upload'
        when n < {tasked} - {production_downloads} then 'Production Upload'
        when n < {tasked} then 'Production Download'
        else 'Data Consolidation' end as activity,
    case when part = 4 then 'user.someone' else 'mc23_13p6TeV' end as scope,
    case when part is not null then lfn_of(job, part)
        else printf('DAOD_PHYS.%08d._x%07d.pool.root.1', 30000000 + n // 50, n) end as lfn,
    case when part = 4 then output_dataset(job)
        when job is not null then input_dataset(job, coalesce(part, 0))
        else printf('mc23_13p6TeV.%06d.Sh_2214_Wjets.deriv.DAOD_PHYS.e8351_s4162_tid%08d_00',
            n // 500, 30000000 + n // 50) end as dataset_name,
    case when part is null then cast(100000000 + draw(n, 'bytes', 4900000000) as bigint)
        when fault = 9 and part = 0 then size_of(job, part) + 1
        else size_of(job, part) end as bytes,
    case when part = 4 then site_of(job) else job_name(draw(n, 'from', 480)) end as src_site,
    case when fault between 5 and 7 and part < 4 then 'UNKNOWN'
        when part < 4 then site_of(job)
        else job_name(draw(n, 'to', 480)) end as dst_site,
    case when job is not null then created_at(job) + interval 20 minute
        else timestamp '2025-04-01' + to_seconds(cast(draw(n, 'start', 691200) as bigint))
        end as started_at
from drawn order by draw(n, 'order', 4294967296), n
"""


def sizes(scale):
    """Row counts of the paper times the scale, by their names in the SQL."""
    downloads = WITH_TASK["Analysis Download"] + WITH_TASK["Analysis Download Direct IO"]
    uploads = downloads + WITH_TASK["Analysis Upload"]
    counts = {
        "jobs": JOBS,
        "transfers": TRANSFERS,
        "served": 60_000,
        "downloads": downloads,
        "uploads": uploads,
        "tasked": sum(WITH_TASK.values()),
        "production_downloads": WITH_TASK["Production Download"],
    }
    scaled = {name: int(count * scale) for name, count in counts.items()}
    scaled["served"] -= scaled["served"] % 4
    served_jobs = max(scaled["served"] // 4, 1)
    uploaded_jobs = max(scaled["uploads"] - scaled["downloads"], 1)
    strides = {"stride": scaled["jobs"] // served_jobs}
    return scaled | strides | {"upload_stride": scaled["jobs"] // uploaded_jobs}


# What makes a copy's rows its own; columns that a table lacks are left out.
SHIFTS = {
    "pandaid": "pandaid + {copy} * 100000000",
    "jeditaskid": "jeditaskid + {copy} * 100000000",
    "lfn": "lfn || '.{copy}'",
    "transfer_id": "md5(transfer_id || '{copy}')",
}


def copied(con, query, copy):
    """The query's rows, shifted."""
    if copy == 0:
        return query
    columns = {row[0] for row in con.execute(f"describe ({query})").fetchall()}
    shifts = ", ".join(
        f"{sql.format(copy=copy)} as {name}" for name, sql in SHIFTS.items() if name in columns
    )
    return f"select * replace ({shifts}) from ({query})"


def make(folder, scale, copies):
    """Write jobs.parquet, files.parquet and transfers.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 2, "temp_directory": str(folder / "spill")}) as con:
        con.execute(MACROS)
        tables = {"jobs": JOB_ROWS, "files": FILE_ROWS, "transfers": TRANSFER_ROWS}
        for name, template in tables.items():
            con.execute(f"create temp table made as {template.format(**sizes(scale))}")
            parts = (copied(con, "from made", copy) for copy in range(copies))
            target = folder / f"{name}.parquet"
            con.execute(f"copy ({' union all '.join(parts)}) to '{target}' (format parquet)")
            rows = con.execute(f"select count(*) from '{target}'").fetchone()[0]
            con.execute("drop table made")
            print(f"{target}: {rows:,} rows, {target.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--copies", type=int, default=1)
    given = parser.parse_args()
    make(given.folder, given.scale, given.copies)

"""One large day from Parquet exports, end to end: seconds of each stage, and the peak of memory.

    python benchmarks/run_day.py FOLDER

The rows are those of benchmarks/matching/make.py at an eighth of the paper's eight days, all of
them moved into one day: about 120,000 jobs, 725,000 files and 850,000 transfers. `gridlens
run-day` runs as it would for a person, in one process of its own.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import duckdb

DAY = "2025-04-02"
SCALE = "0.125"
MAKE = Path(__file__).parent / "matching" / "make.py"

# Each row keeps its time of day; what lay between a job's times still does.
INTO_ONE_DAY = {
    "jobs": f"""
        select * exclude (shift) replace (
            creationtime - shift as creationtime, starttime - shift as starttime,
            endtime - shift as endtime),
            'finished' as jobstatus, 'user' as prodsourcelabel, endtime - shift as modificationtime,
            8 as corecount, 3600 as cpuconsumptiontime, 4 as ninputdatafiles
        from (select *, date_trunc('day', endtime) - timestamp '{DAY}' as shift from given)""",
    "files": "select * from given",
    "transfers": f"""
        select * exclude (shift) replace (started_at - shift as started_at),
            started_at - shift + interval 40 second as ended_at, 'transfer-done' as record_kind
        from (select *, date_trunc('day', started_at) - timestamp '{DAY}' as shift from given)""",
}
SOURCES = """
begins = "2025-03-01"
[[jobs]]
map = "panda_jobs_archived"
path = "exports/jobs.parquet"
[[files]]
map = "panda_job_files"
path = "exports/files.parquet"
[[transfers]]
map = "rucio_enriched_transfers"
path = "exports/transfers.parquet"
[[transfer_failures]]
map = "rucio_enriched_transfers"
path = "exports/transfers.parquet"
"""


def make(folder: Path) -> None:
    """Write the exports and ``sources.toml``, unless they are there."""
    if (folder / "sources.toml").exists():
        return
    rows = folder / "rows"
    subprocess.run([sys.executable, MAKE, rows, "--scale", SCALE], check=True)
    (folder / "exports").mkdir(exist_ok=True)
    for table, select in INTO_ONE_DAY.items():
        source, target = rows / f"{table}.parquet", folder / "exports" / f"{table}.parquet"
        with duckdb.connect() as con:
            con.execute(f"create view given as from read_parquet('{source}')")
            con.execute(f"copy ({select}) to '{target}' (format parquet)")
    (folder / "sources.toml").write_text(SOURCES)


def main() -> None:
    """Make the day, run it, and print what each stage and the whole took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    make(folder)
    for name in ("slices", "warehouse"):
        subprocess.run(["rm", "-rf", folder / name], check=True)
    env = {
        **os.environ,
        "GRIDLENS_HOME": str(folder),
        "GRIDLENS_PERSONAL_KEY": "a key of the benchmark alone",
    }
    started = time.monotonic()
    subprocess.run([Path(sys.executable).parent / "gridlens", "run-day", DAY], env=env, check=True)
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"run-day {DAY}: {seconds:.1f} s, peak of the largest process {peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()

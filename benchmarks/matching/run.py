"""Time and memory of matching, beside a bare scan of the same columns and pandas merges.

    python benchmarks/matching/run.py FOLDER [--repeats 3] [--engines scan flags …]

Every measurement is a process of its own, and the engines take turns, so that a busy machine is
busy for all of them. The time is that of the question alone, without starting Python; the memory
is the peak of the whole process. FOLDER is what make.py wrote. With `--grown FOLDER3`, a folder
of three copies, the growth of scan and flags is measured as well.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from gridlens.matching import V1, candidates_sql, flags_sql

TABLES = ("jobs", "files", "transfers")
USED = {
    "jobs": "pandaid jeditaskid creationtime endtime computingsite inputfilebytes outputfilebytes",
    "files": "pandaid jeditaskid type lfn scope dataset_name proddblock destinationdblock fsize",
    "transfers": "transfer_id jeditaskid activity scope lfn dataset_name bytes src_site dst_site "
    "started_at",
}
THREADS, MEMORY_LIMIT = 2, "500MB"


def connection(folder):
    """Views on the three files, as `gridlens match` sets them up."""
    con = duckdb.connect(
        config={
            "threads": THREADS,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
        }
    )
    for table in TABLES:
        con.execute(f"create view {table} as from '{folder / table}.parquet'")
    return con


def columns():
    """The columns argument of flags_sql and candidates_sql."""
    return {f"{table[:-1]}_columns": USED[table].split() for table in TABLES}


def scan(folder):
    """Read and hash every value that matching uses, and nothing else."""
    con = connection(folder)
    rows = 0
    for table in TABLES:
        hashes = ", ".join(f"bit_xor(hash({name}))" for name in USED[table].split())
        rows += con.execute(f"select count(*), {hashes} from {table}").fetchall()[0][0]
    return {"rows": rows}


def flags(folder):
    """Every pair with its flags."""
    con = connection(folder)
    con.execute(f"create temp table pairs as {flags_sql(V1, **columns())}")
    return counted(con, "pairs")


def candidates(folder):
    """Every candidate with every criterion."""
    con = connection(folder)
    con.execute(f"create temp table candidates as {candidates_sql(V1, **columns())}")
    return counted(con, "candidates")


def counted(con, table):
    """Rows by method."""
    methods = ", ".join(f"count(*) filter (where {name})" for name in ("exact", "rm1", "rm2"))
    rows = con.execute(f"select count(*), {methods} from {table}").fetchall()[0]
    return dict(zip(("rows", "exact", "rm1", "rm2"), rows, strict=True))


def pandas(folder):
    """V1 from its words in pandas: clean the values, merge jobs, files and transfers, filter."""
    jobs, files, transfers = pandas_frames(folder)
    texts = {
        "files": (files, ["type", "lfn", "scope", *NAMES["files"]]),
        "transfers": (transfers, ["lfn", "scope", "src_site", "dst_site", *NAMES["transfers"]]),
        "jobs": (jobs, ["computingsite"]),
    }
    for frame, columns in texts.values():
        for column in columns:
            frame[column] = pandas_known(frame[column])
    for table, frame in (("files", files), ("transfers", transfers)):
        for column in NAMES[table]:
            frame[column] = pandas_name(frame[column])
    return pandas_filter(pandas_merges(jobs, files, transfers))


def pandas_tuned(folder):
    """The same, but cleaning only what has met, which is what our SQL does."""
    met = pandas_merges(*pandas_frames(folder))
    for column in ("computingsite", "src_site", "dst_site"):
        met[column] = pandas_known(met[column])
    for column in ("dataset_name", "proddblock", "destinationdblock", "dataset_name_t"):
        met[column] = pandas_name(pandas_known(met[column]))
    return pandas_filter(met)


NAMES = {
    "files": ["dataset_name", "proddblock", "destinationdblock"],
    "transfers": ["dataset_name"],
}


def pandas_frames(folder):
    """The columns that matching uses; transfers that name no task are left out at once."""
    import pandas as pd

    jobs, files, transfers = (
        pd.read_parquet(folder / f"{table}.parquet", columns=USED[table].split())
        for table in TABLES
    )
    return jobs, files, transfers[transfers["jeditaskid"] > 0].copy()


def pandas_known(series):
    """Words for missing made missing."""
    return series.mask(series.str.strip().str.lower().isin(["", "unknown", "null", "none"]))


def pandas_name(series):
    """The dataset normaliser."""
    bare = series.str.replace(r"^[^:]*:", "", regex=True).str.removesuffix("/")
    return bare.str.replace(r"_sub[0-9]+$", "", regex=True)


def pandas_merges(jobs, files, transfers):
    """Jobs with their files, and these with the transfers of one task, name and size."""
    mine = jobs.merge(files, on=["pandaid", "jeditaskid"])
    met = mine.merge(transfers, on=["jeditaskid", "lfn", "scope"], suffixes=("", "_t"))
    return met[met["fsize"] == met["bytes"]].copy()


def pandas_filter(met):
    """Pairs by method; the made data have no missing sizes, scopes or libraries."""
    from gridlens.matching.values import DOWNLOADS, UPLOADS

    block = met["proddblock"].where(met["proddblock"].notna(), met["destinationdblock"])
    wanted, started = met["dataset_name_t"], met["started_at"]
    down, up = met["activity"].isin(DOWNLOADS), met["activity"].isin(UPLOADS)
    kinds = (down & met["type"].isin(["input", "pseudo_input"])) | (
        up & met["type"].isin(["output", "log"])
    )
    days = started.sub(met["creationtime"]).dt.total_seconds() / 86400
    in_time = (days >= -V1.lookback_days) & (started < met["endtime"])
    same_dataset = (wanted == met["dataset_name"]) | (wanted == block)
    met = met.assign(down=down, site=met["dst_site"].where(down, met["src_site"]))
    met = met[kinds & same_dataset & in_time]
    here = met[met["site"] == met["computingsite"]]
    keys = ["pandaid", "down", "type", "scope", "lfn", "dataset_name"]
    once = here[here["type"].isin(["input", "output"])].drop_duplicates(keys)
    got = once.groupby(["pandaid", "down"])["fsize"].sum().rename("got").reset_index()
    here = here.merge(got, on=["pandaid", "down"])
    total = here["inputfilebytes"].where(here["down"], here["outputfilebytes"])
    ids = ["pandaid", "transfer_id"]
    exact = here[here["got"] == total][ids].drop_duplicates()
    rm1, rm2 = here[ids].drop_duplicates(), met[ids].drop_duplicates()
    return {"rows": len(rm2), "exact": len(exact), "rm1": len(rm1), "rm2": len(rm2)}


ENGINES = {
    "scan": scan,
    "flags": flags,
    "candidates": candidates,
    "pandas": pandas,
    "pandas_tuned": pandas_tuned,
}


def measure(engine, folder):
    """Run one engine in this process and print what it took."""
    began = time.monotonic()
    found = ENGINES[engine](folder)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **found}))


def measured(engine, folder):
    """The same in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--measure", engine]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def turns(runs, repeats):
    """Results by run, every run once a turn."""
    results = {run: [] for run in runs}
    for _ in range(repeats):
        for run in runs:
            results[run].append(measured(*run))
    return results


def show(results, folder, base):
    """A table; times are medians, ratios are medians of the ratios within a turn."""
    print(f"\n{folder}\n{'engine':<14}{'s':>8}{'MB':>8}{'x scan':>8}{'range':>16}   found")
    for engine in [run[0] for run in results if run[1] == folder]:
        runs = results[engine, folder]
        ratios = [r["seconds"] / b["seconds"] for r, b in zip(runs, base, strict=True)]
        found = ", ".join(
            f"{key} {value:,}"
            for key, value in runs[0].items()
            if key not in {"seconds", "peak_mb"}
        )
        print(
            f"{engine:<14}{statistics.median(r['seconds'] for r in runs):>8.2f}"
            f"{max(r['peak_mb'] for r in runs):>8.0f}{statistics.median(ratios):>8.2f}"
            f"{f'{min(ratios):.2f}-{max(ratios):.2f}':>16}   {found}"
        )


def ratio(results, over, under):
    """Median of the ratios within a turn."""
    pairs = zip(results[over], results[under], strict=True)
    return statistics.median(a["seconds"] / b["seconds"] for a, b in pairs)


def main(given):
    """Measure, and print the tables."""
    runs = [(engine, given.folder) for engine in given.engines]
    if given.grown:
        runs += [(engine, given.grown) for engine in given.engines if "pandas" not in engine]
    results = turns(runs, given.repeats)
    for folder in dict.fromkeys(run[1] for run in runs):
        show(results, folder, results["scan", folder])
    print()
    for engine in ("pandas", "pandas_tuned"):
        if engine in given.engines:
            times = ratio(results, (engine, given.folder), ("flags", given.folder))
            print(f"flags are {times:.1f} x faster than {engine}")
    for engine in given.engines:
        if (engine, given.grown) in results:
            times = ratio(results, (engine, given.grown), (engine, given.folder))
            print(f"three times the rows take {engine} {times:.2f} x as long")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grown", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--measure", choices=ENGINES)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure, given.folder)
    else:
        main(given)

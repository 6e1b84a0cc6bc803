"""What the sequential trees cost: CPU seconds, memory and bytes, by the number of rows.

    python benchmarks/generator/tree_cost.py [--rows 10000 100000 1343792] [--leaf 15]

Each size runs in a process of its own, so that its peak of memory is its own. The rows are random:
tasks of about 36 jobs, 170 sites of which each task prefers one, 58 projects and 119 data types,
numbers with long tails. 1,343,792 is the number of training rows of the introspective paper.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from gridlens.generator.tree import Tree
from gridlens.generator.workload import as_workload

_FIRST = np.datetime64("2025-04-01", "us")
_WEEK = 7 * 86_400e6


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_343_792])
    parser.add_argument("--leaf", type=int, default=15)
    options = parser.parse_args()
    print("rows        fit s (cpu)  draw s (cpu)  peak GB  saved MB")
    for rows in options.rows:
        work = multiprocessing.get_context("spawn").Process(target=cost, args=(rows, options.leaf))
        work.start()
        work.join()


def cost(rows: int, leaf: int) -> None:
    """Fit, draw as many rows, save, and print what that took."""
    table = workload(rows)
    start = np.array([time.perf_counter(), time.process_time()])
    engine = Tree.fit(table, 1, leaf=leaf)
    fitted = np.array([time.perf_counter(), time.process_time()])
    engine.sample(rows, 1)
    drawn = np.array([time.perf_counter(), time.process_time()])
    with tempfile.TemporaryDirectory() as folder:
        engine.save(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    fit, draw = fitted - start, drawn - fitted
    print(
        f"{rows:9,}  {fit[0]:5.1f} ({fit[1]:5.1f})  {draw[0]:6.1f} ({draw[1]:4.1f})"
        f"  {peak:7.2f}  {size:8.1f}"
    )


def workload(rows: int, seed: int = 1) -> pa.Table:
    """Random jobs of as many sites, projects and data types as the grid has."""
    rng = np.random.default_rng(seed)
    tasks = max(2, rows // 36)
    task = rng.integers(0, tasks, rows)
    site = np.minimum(rng.zipf(1.6, rows), 170)
    files = rng.geometric(0.3, rows) * (rng.random(rows) > 0.05)
    created = rng.uniform(0, _WEEK, tasks)[task] + rng.exponential(600e6, rows)
    work = rng.lognormal(8, 1, tasks)[task] * (0.2 + files) * rng.lognormal(0, 0.3, rows)
    return as_workload(
        pa.table(
            {
                "creationtime": _FIRST + created.astype("timedelta64[us]"),
                "computingsite": _names(
                    "SITE", np.where(rng.random(rows) < 0.5, site, task * 7 % 170)
                ),
                "project": _names("project", np.minimum(rng.zipf(1.8, tasks), 58)[task]),
                "prodstep": _names("step", np.minimum(rng.zipf(2.0, tasks), 12)[task]),
                "datatype": _names("TYPE", np.minimum(rng.zipf(1.6, tasks), 119)[task]),
                "ninputdatafiles": files,
                "inputfilebytes": np.rint(files * rng.lognormal(21, 1, tasks)[task]),
                "jobstatus": _names("status", np.minimum(rng.zipf(3.5, rows), 4)),
                "workload_gflop": work,
            }
        )
    )


def _names(word: str, codes: np.ndarray) -> pa.Array:
    names = pa.array([f"{word}_{i}" for i in range(int(codes.max()) + 1)])
    return names.take(pa.array(codes))


if __name__ == "__main__":
    main()

"""SMOTE-NC at the paper's size, beside imbalanced-learn, and how near its neighbours are.

    python benchmarks/generator/smote.py FOLDER [--parts large,beside,near] [--rows 1343792]

FOLDER keeps the random workloads that are fitted (tests/generator/workloads.py), so that making
them is in no figure. Every measurement is a process of its own that reads one, fits, and draws as
many rows as it has. The classes are the job's states for both: imbalanced-learn is asked for
twice as many rows of each, and gets the encoded rows, so that both solve the same problem.
Parts: *large*, *beside* (10,000 to 80,000 rows in both), *near* (agreement with all pairs, for
rows chosen at random, a class at a time).
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.generator.encoding import Encoding
from gridlens.generator.smote import Smote
from gridlens.generator.smote.distance import Points
from gridlens.generator.smote.neighbours import Search

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "generator"))
from workloads import grid

SIZES = (10_000, 20_000, 40_000, 80_000)
ASKED = 2_000  # rows of a class whose neighbours are compared with all pairs


def workload(folder: Path, rows: int) -> Path:
    """The random workload of that many rows, made once."""
    path = folder / f"workload-{rows}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(grid(rows), path)
    return path


def ours(table: pa.Table, mode: str) -> dict[str, float]:
    """Seconds of fitting and of drawing."""
    started = time.monotonic()
    engine = Smote.fit(table, 1, mode="paper" if mode == "paper" else "draw")
    fitted = time.monotonic()
    engine.sample(len(table), 2)
    return {"fit": fitted - started, "sample": time.monotonic() - fitted}


def theirs(table: pa.Table) -> dict[str, float]:
    """Seconds of imbalanced-learn's SMOTENC, which does both at once."""
    from imblearn.over_sampling import SMOTENC

    started = time.monotonic()
    encoding = Encoding.learn(table)
    rows = encoding.encode(table)
    matrix = np.hstack([rows.numbers, rows.codes])
    status = rows.codes[:, encoding.code_names.index("jobstatus")]
    counts = {which: 2 * int(count) for which, count in enumerate(np.bincount(status))}
    columns = list(range(rows.numbers.shape[1], matrix.shape[1]))
    SMOTENC(columns, sampling_strategy=counts, random_state=2).fit_resample(matrix, status)
    return {"fit": time.monotonic() - started, "sample": 0.0}


def near(table: pa.Table) -> list[dict[str, Any]]:
    """Of each class: how many of the k nearest were found, and how much farther the found are."""
    engine = Smote.fit(table, 1, mode="paper")
    status = engine.rows.codes[:, engine.encoding.code_names.index("jobstatus")]
    found = []
    for which, name in enumerate(engine.encoding.categories["jobstatus"]):
        members = np.flatnonzero(status == which)
        points, place = Points.of(engine.rows.take(members)), np.empty(len(status), np.int64)
        place[members] = np.arange(len(members))
        asked = np.random.default_rng(3).permutation(len(members))[:ASKED]
        best, kept = Search(points, 5).exact(asked), place[engine.near[members[asked]]]
        same = [len({*a} & {*b}) / 5 for a, b in zip(best.tolist(), kept.tolist(), strict=True)]
        away = [np.sqrt(sum(points.squared(asked[:, None], ids))).mean() for ids in (kept, best)]
        found.append(
            {
                "status": name,
                "rows": len(members),
                "same": np.mean(same),
                "ratio": away[0] / away[1],
            }
        )
    return found


def measured(way: str, path: Path) -> dict[str, Any]:
    """What a fresh process measures: its seconds, CPU seconds and peak memory."""
    command = [sys.executable, __file__, str(path), "--measure", way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def measure(way: str, path: Path) -> None:
    """In a process of its own: print the figures of one way as JSON."""
    table = pq.read_table(path)
    before = time.process_time()
    took = theirs(table) if way == "imbalanced-learn" else ours(table, way)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**took, "cpu": time.process_time() - before, "mb": peak}))


def large(folder: Path, rows: int) -> None:
    """Print both modes at one size."""
    print(f"\n{rows:,} rows", "| mode | fit s | sample s | CPU s | peak MB |", sep="\n\n")
    print("|--|--|--|--|--|")
    for mode in ("draw", "paper"):
        took = measured(mode, workload(folder, rows))
        print(f"| {mode} | {took['fit']:.1f} | {took['sample']:.1f} ", end="")
        print(f"| {took['cpu']:.1f} | {took['mb']:,.0f} |", flush=True)


def beside(folder: Path) -> None:
    """Print both engines at growing sizes, and how they grow: rows to which power."""
    head = "| rows | ours s | CPU s | MB | imbalanced-learn s | CPU s | MB | times | times CPU |"
    print("", head, "|--|--|--|--|--|--|--|--|--|", sep="\n")
    cpu = []
    for rows in SIZES:
        path = workload(folder, rows)
        mine, other = measured("paper", path), measured("imbalanced-learn", path)
        seconds = mine["fit"] + mine["sample"]
        cpu.append((mine["cpu"], other["cpu"]))
        print(f"| {rows:,} | {seconds:.2f} | {mine['cpu']:.2f} | {mine['mb']:,.0f} ", end="")
        print(f"| {other['fit']:.1f} | {other['cpu']:.1f} | {other['mb']:,.0f} ", end="")
        print(f"| {other['fit'] / seconds:.0f} | {other['cpu'] / mine['cpu']:.0f} |", flush=True)
    times = math.log(SIZES[-1] / SIZES[0])
    grown = [math.log(last / first) / times for first, last in zip(cpu[0], cpu[-1], strict=True)]
    print(f"\nCPU seconds grow with rows to the power of {grown[0]:.2f} and {grown[1]:.2f}")


def main() -> None:
    """Print the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", default="large,beside,near")
    parser.add_argument("--rows", type=int, default=1_343_792)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure, given.folder)
        return
    if "large" in given.parts:
        large(given.folder, given.rows)
    if "beside" in given.parts:
        beside(given.folder)
    if "near" in given.parts:
        print("", "| status | rows | of the 5 nearest found | distance to exact |", sep="\n")
        print("|--|--|--|--|")
        for row in near(pq.read_table(workload(given.folder, SIZES[-1]))):
            print("| {status} | {rows:,} | {same:.3f} | {ratio:.4f} |".format(**row))


if __name__ == "__main__":
    main()

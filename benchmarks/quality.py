"""What judging one large day costs: seconds and memory of rules and measures, by rows.

    python benchmarks/quality.py FOLDER [MILLIONS]

Transfers are made by DuckDB (they need only look like a day's), profiled as on the first time, and
measured against 14 earlier days.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gridlens.quality import Surroundings, check, contract, measured, profile
from gridlens.tables import TRANSFERS
from gridlens.window import Day

DAY = Day.parse("2025-04-15")
MADE = {
    "transfer_id": "md5(n::varchar)",
    "jeditaskid": "case when n % 4 = 0 then 40000000 + n % 50000 end",
    "activity": "'activity ' || n % 12",
    "src_site": "case when n % 20 > 0 then 'SITE_' || (n * n) % 130 end",
    "dst_site": "'SITE_' || n % 130",
    "src_site_raw": "'SITE_' || (n * n) % 130",
    "lfn": "'EVNT.' || n || '.pool.root.1'",
    "bytes": "(1 + n % 1000) * (1::bigint << (n % 33))",
    "started_at": "timestamp '2025-04-15' + to_microseconds(n * 10000)",
    "quality_flags": "[]::varchar[]",
}


@dataclass(frozen=True)
class Slice:
    """A slice's manifest, as far as judging looks at it."""

    accepted: int
    day: Day = DAY
    table: str = "transfers"
    duplicates: int = 0
    quarantined: int = 0
    gone: int = 0
    quarantine_file: str | None = None

    @property
    def fetched(self) -> int:
        """Documents of the day."""
        return self.accepted


def make(path: Path, rows: int) -> None:
    """Write a slice of so many transfers, sorted by key as slices are."""
    columns = ", ".join(
        f"cast({MADE.get(c.name, 'null')} as {c.type}) as {c.name}" for c in TRANSFERS.slice_columns
    )
    with duckdb.connect() as con:
        con.execute(f"set temp_directory = '{path.parent}'; set memory_limit = '2GB'")
        select = f"select {columns} from range({rows}) as made(n) order by transfer_id"
        con.execute(f"copy ({select}) to '{path}' (format parquet, compression zstd)")


def judge(path: Path, rows: int) -> None:
    """Judge the slice in this process and print what it took."""
    rules, counts = contract("transfers"), Slice(rows)
    began = time.perf_counter()
    check(counts, path, rules)
    checked = time.perf_counter()
    own = profile(counts, path, rules)
    profiled = time.perf_counter()
    around = Surroundings([counts] * 14, [own] * 14)
    measured(counts, path, rules, own, around)
    took = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {rows:,} | {path.stat().st_size / 1e6:,.0f} | {checked - began:.1f} "
        f"| {profiled - checked:.1f} | {took - profiled:.1f} | {peak:,.0f} |"
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if len(sys.argv) == 4:
        step = {"make": make, "judge": judge}[sys.argv[2]]
        step(folder / f"{sys.argv[3]}.parquet", int(sys.argv[3]))
        sys.exit()
    folder.mkdir(parents=True, exist_ok=True)
    print("| rows | slice, MB | rules, s | profile, s | measures, s | peak memory, MB |")
    print("|--|--|--|--|--|--|", flush=True)
    for rows in (70_000, int(float(sys.argv[2]) * 1e6) if len(sys.argv) > 2 else 7_000_000):
        # Processes of their own, and none of them from a large one: a peak is inherited.
        for step in ("make", "judge"):
            subprocess.run([sys.executable, __file__, str(folder), step, str(rows)], check=True)

"""What the demo needs beside the daily run: simulated days, and real jobs by themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from importlib.resources import as_file, files

import pyarrow.parquet as pq

from gridlens.errors import NotFound
from gridlens.pipelines.ask import table_text
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.load_file import load_file
from gridlens.pipelines.settle import settle
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.twin import make_days
from gridlens.window import Day, Window

MOST_REASONS = 5
# Their rows tell how the source was asked, which the same documents may well differ in, and what
# was planted, which no index has.
SOURCE_TABLES = frozenset({"raw.slices", "raw.drift_events", "raw.truth_links"})
REAL_JOBS = ("data", "cgsim", "jan_100_BNL.csv")


def make_demo_days(
    settings: Settings,
    window: Window,
    *,
    seed: int,
    jobs_per_day: int,
    progress: Callable[[str], None],
) -> bool:
    """Write the exports of simulated days and their ``sources.toml``; False if they are there."""
    asked = {"window": str(window), "seed": seed, "jobs_per_day": jobs_per_day}
    mark = settings.home / "demo.json"
    if mark.exists() and json.loads(mark.read_text()) == asked:
        return False
    mark.unlink(missing_ok=True)
    make_days(
        settings.home,
        seed=seed,
        first=window.first,
        days=sum(1 for _ in window),
        jobs_per_day=jobs_per_day,
        progress=progress,
    )
    mark.write_text(json.dumps(asked))
    return True


def checksums(settings: Settings) -> dict[str, str]:
    """What every table of the warehouse holds, as one number a table; empty without one."""
    try:
        return open_lake(settings).table_checksums()
    except NotFound:
        return {}


def differing_tables(settings: Settings, other: Settings) -> list[str]:
    """Tables that do not hold the same in two warehouses, but for how their source was asked."""
    ours, theirs = checksums(settings), checksums(other)
    names = ours.keys() | theirs.keys()
    return sorted(n for n in names - SOURCE_TABLES if ours.get(n) != theirs.get(n))


def rows_of_day(settings: Settings, day: Day) -> dict[str, int]:
    """How many rows the warehouse has of a day, by table."""
    _, records = open_lake(settings).ledger()
    return {record.table: record.rows for record in records if record.day == day.date}


def identities(settings: Settings, window: Window) -> str:
    """Where every document of every slice went, one line a slice."""
    store = SliceStore(settings.slices)
    found = [m for name in TABLES for day in window if (m := store.manifest(name, day))]
    return "\n".join(f"  {summary(manifest)}" for manifest in found)


def summary(manifest: Manifest) -> str:
    """One line: table, day, state and the identity of the slice."""
    gone = f", gone {manifest.gone:,}" if manifest.gone else ""
    return (
        f"{manifest.table:<17} {manifest.day} {manifest.state:<11} fetched {manifest.fetched:>7,}"
        f" = accepted {manifest.accepted:>7,} + duplicates {manifest.duplicates:>5,}"
        f" + quarantined {manifest.quarantined:>4,}{gone}"
    )


def reasons(settings: Settings, manifest: Manifest) -> list[str]:
    """Why documents of a slice were quarantined, the most frequent reasons first."""
    path = SliceStore(settings.slices).quarantine_path(manifest)
    if path is None:
        return []
    found = Counter(
        f"{row['field']}: {row['reason']}"
        for row in pq.read_table(path, columns=["field", "reason"]).to_pylist()
    )
    shown = [f"  {count:,} quarantined, {why}" for why, count in found.most_common(MOST_REASONS)]
    return [*shown, f"  the documents are in {path}"]


def load_real_jobs(settings: Settings) -> str:
    """Load the real jobs that the package carries, and tell their indicators.

    100 PanDA user jobs at one queue, January 2025, from the CGSim project (see NOTICE). There is
    no CRIC dump, no file and no transfer with them.
    """
    resource = files("gridlens.twin").joinpath(*REAL_JOBS)
    with as_file(resource) as path:
        manifests = load_file(settings, [path], "cgsim_jobs_csv")
    settle(settings)
    days = [manifest.day for manifest in manifests]
    window = Window(min(days), max(days).plus(1))
    return "\n\n".join((_counts(manifests, window), _indicators(settings, window)))


def _counts(manifests: list[Manifest], window: Window) -> str:
    total = {
        name: sum(getattr(m, name) for m in manifests)
        for name in ("fetched", "accepted", "duplicates", "quarantined")
    }
    provided = {m.table for m in manifests}
    absent = ", ".join(name for name in TABLES if name not in provided)
    return (
        f"real jobs that ended on {len(manifests)} days of {window}: fetched {total['fetched']} = "
        f"accepted {total['accepted']} + duplicates {total['duplicates']} + "
        f"quarantined {total['quarantined']}\n  not provided: {absent}"
    )


def _indicators(settings: Settings, window: Window) -> str:
    days = f"date '{window.first}', date '{window.end}', population := 'all'"
    asked = (
        ("job states (real)", f"from mart.job_status_shares({days})"),
        ("queue and wall time (real)", f"from mart.job_times({days})"),
        (
            "row rules tripped (real)",
            "select rule, sum(rows) as rows, sum(of_rows) as of_rows from mart.quality_rates "
            "where level = 'flag' group by rule having sum(rows) > 0 order by rule",
        ),
    )
    return "\n\n".join(f"{title}\n{table_text(settings, query)}" for title, query in asked)

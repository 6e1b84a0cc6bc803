"""Jobs of days to come, drawn from the champion: a Parquet file that says where it is from."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridlens.disk import publish
from gridlens.errors import InputError
from gridlens.generator import snapshots
from gridlens.generator.arrivals import Arrivals
from gridlens.generator.engine import recipe
from gridlens.generator.generate import generate as fill
from gridlens.generator.snapshots import Snapshot
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.settings import Settings
from gridlens.twin.documents.workload import write_workload
from gridlens.window import Day, Window

METADATA = b"gridlens"
MOST = 50_000_000  # jobs that some 16 GB of memory hold


@dataclass(frozen=True)
class Wish:
    """Which jobs are to be drawn.

    Attributes:
        n: how many; None: all of the days.
        first: first day on which they are made; None: the day after the training days.
        end: first day on which none is made any more; None: as many days as ``n`` takes.
        scale: factor of the load.
        shares: what if these queues had these shares of the jobs.
        fixed: categories that every job has.
        seed: of all random numbers.
    """

    n: int | None = None
    first: Day | None = None
    end: Day | None = None
    scale: float = 1.0
    shares: Mapping[str, float] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.n is None and self.first is None:
            raise InputError("say how many jobs (--n), or of which days (--day, --to)")
        if self.end is not None and (self.n is not None or self.first is None):
            raise InputError("the last day (--to) goes with the first (--day), and without --n")
        if self.shares and "computingsite" in self.fixed:
            raise InputError("a fixed computingsite leaves no shares of sites: give one of the two")
        if self.n is not None and self.n < 1:
            raise InputError(f"{self.n} jobs cannot be drawn: ask for 1 or more")

    def arrived(self, arrivals: Arrivals, behind: Day) -> pa.Table:
        """Times and tasks of the jobs; without a first day they begin on the day ``behind``."""
        first = self.first or behind
        days = 0 if self.n is not None else len(list(Window(first, self.end or first.plus(1))))
        if (expected := arrivals.jobs_per_day * days * self.scale) > MOST:
            raise InputError(
                f"about {expected:.3g} jobs would be drawn at once, more than {MOST:,}: choose "
                "fewer days or a smaller scale"
            )
        if self.n is not None:
            return arrivals.sample_count(self.n, first, self.seed, self.scale)
        window = Window(first, self.end or first.plus(1))
        return arrivals.sample(window, self.seed, self.scale)

    def as_dict(self) -> dict[str, Any]:
        """The wish as plain JSON values."""
        days = {"first": self.first and str(self.first), "end": self.end and str(self.end)}
        return {**vars(self), **days, "shares": dict(self.shares), "fixed": dict(self.fixed)}


def generate(settings: Settings, wish: Wish, output: Path, documents: Path | None = None) -> Report:
    """Draw jobs from the champion; the same champion and wish give the same bytes.

    Args:
        settings: where the snapshots are; no warehouse is needed.
        wish: which jobs.
        output: Parquet file to write: the variables of ``mart.workloads`` in that order; its
            metadata say, as JSON under ``gridlens``, which snapshot and wish it is from.
        documents: gzipped NDJSON file to write as well: the same jobs as PanDA's archive has them.

    Raises:
        NotFound: no champion has been promoted yet.
        SnapshotBroken: a file of the champion is not what was written; nothing of it is read.
        InputError: a wish that cannot be drawn, or files that cannot be written.
    """
    watch = Stopwatch()
    _require_files(output, documents)
    champion = snapshots.champion(snapshots_root(settings))
    behind = Day.parse(champion.manifest.training["end"])
    arrived = wish.arrived(Arrivals.load(champion.folder / "arrivals"), behind)
    engine = recipe(champion.manifest.engine).engine.load(champion.folder / "engine")
    jobs = fill(engine, arrived, wish.seed, wish.shares, wish.fixed)
    source = {"snapshot": champion.id, "engine": champion.manifest.engine, "wish": wish.as_dict()}
    jobs = jobs.replace_schema_metadata({METADATA: json.dumps(source)})
    with _whole(output) as draft:
        pq.write_table(jobs, draft, compression="zstd")
    if documents is not None:
        with _whole(documents) as draft:
            write_workload(jobs, draft, _speeds(champion, jobs))
    times = pc.min_max(jobs.column("creationtime")).as_py()
    numbers = {"jobs": len(jobs), "tasks": pc.count_distinct(jobs.column("jeditaskid")).as_py()}
    made = {"from": f"{times['min']:%Y-%m-%d %H:%M}", "to": f"{times['max']:%Y-%m-%d %H:%M}"}
    written = tuple(str(path) for path in (output, documents) if path)
    of = {"snapshot": champion.id, "engine": champion.manifest.engine}
    return Report("generate", None, {**numbers, **made, **of}, written, watch.seconds)


def _require_files(output: Path, documents: Path | None) -> None:
    for path in filter(None, (output, documents)):
        if path.is_dir():
            raise InputError(f"{path} is a folder: give the name of a file in it")
    if documents is not None and documents.resolve() == output.resolve():
        raise InputError(f"{output} cannot be both the jobs and their documents: give two names")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A draft beside a file, which takes its place when it is written."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        publish(draft, path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}; choose another place for it"
        ) from error
    finally:
        if path.parent.is_dir():
            draft.unlink(missing_ok=True)


def _speeds(champion: Snapshot, jobs: pa.Table) -> dict[str, float]:
    """A core's speed for each queue of the jobs: where none is known, the median of the others."""
    known = json.loads((champion.folder / "speeds.json").read_text("utf-8"))
    usual = statistics.median(known.values()) if known else 1.0
    queues = pc.unique(jobs.column("computingsite")).to_pylist()
    return {queue: known.get(queue, usual) for queue in queues}

"""All engines side by side: fidelity, usefulness, privacy, time structure, logic and cost.

    python benchmarks/generator/engines.py HOME                # the last 7 days of a warehouse
    python benchmarks/generator/engines.py --made 100000       # a made grid of another shape
        [--engine NAME ...] [--split time|task|random] [--seed N]

All learn from the same training rows and draw as many jobs as there are validation rows; each is
a process of its own. The anchors are unseen real rows (as good as it gets) and training rows drawn
again (a leak). Costs are CPU seconds, and the peak of the process beyond what its imports and the
training table take. It prints one Markdown table, then why the gate keeps an engine out.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from made import made

from gridlens.generator.engine import RECIPES, recipe
from gridlens.generator.judgement.gate import Verdict, decide
from gridlens.generator.judgement.judge import judge_engine
from gridlens.generator.judgement.score import METRICS, Judgement, value_of
from gridlens.generator.splits import Split, split
from gridlens.pipelines.training import latest_window, training_rows
from gridlens.settings import Settings

PARTS = ("train", "validation", "test")
COSTS = ("fit, CPU s", "draw, CPU s", "peak, MB", "saved, MB")


@dataclass(frozen=True)
class Result:
    """What one engine drew, judged, and what it cost."""

    judgement: Judgement
    verdict: Verdict
    costs: tuple[float, ...]


def main() -> None:
    """Print the table and the reasons."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("home", nargs="?", type=Path)
    asked.add_argument("--made", type=int)
    asked.add_argument("--engine", nargs="+", default=list(RECIPES), choices=list(RECIPES))
    asked.add_argument("--split", default="time", choices=("time", "task", "random"))
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    if (given.home is None) == (given.made is None):
        asked.error("give the home of a warehouse, or --made N")
    rows = made(given.made) if given.made else real(given.home)
    parts = split(rows, given.split, given.seed)
    print(", ".join(f"{len(part):,} {name}" for name, part in vars(parts).items()), flush=True)
    with tempfile.TemporaryDirectory() as name:
        for part in PARTS:
            pq.write_table(getattr(parts, part), Path(name, f"{part}.parquet"))
        results = {engine: alone(engine, Path(name), given.seed) for engine in given.engine}
    print(table(results))
    for engine, result in results.items():
        for reason in () if result.verdict.passed else result.verdict.reasons:
            print(f"- {engine}: {reason}")


def real(home: Path) -> pa.Table:
    """The training rows that `gridlens generator fit` would read in that home."""
    settings = Settings.from_env({**os.environ, "GRIDLENS_HOME": str(home)})
    return training_rows(settings, latest_window(settings))[0]


def alone(engine: str, folder: Path, seed: int) -> Result:
    """Measure an engine in a process of its own, so that its peak of memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(measured, engine, folder, seed).result()


def measured(engine: str, folder: Path, seed: int) -> Result:
    """Fit, draw, save and judge."""
    parts = Split(*(pq.read_table(folder / f"{part}.parquet") for part in PARTS))
    made_by = recipe(engine)
    made_by.engine  # noqa: B018 - imported before the clock starts
    before = peak_mb(anew=True)
    begun = time.process_time()
    fitted = made_by.fit(parts.train, seed)
    learned = time.process_time()
    drawn = fitted.sample(len(parts.validation), seed)
    done = time.process_time()
    peak = peak_mb() - before
    saved = folder / engine
    saved.mkdir()
    fitted.save(saved)
    size = sum(path.stat().st_size for path in saved.rglob("*")) / 1e6
    judgement = judge_engine(drawn, parts, seed)
    verdict = decide(engine, judgement)
    print(f"{engine}: {time.process_time() - begun:.0f} CPU-s", flush=True)
    return Result(judgement, verdict, (learned - begun, done - learned, peak, size))


def peak_mb(anew: bool = False) -> float:
    """Largest memory of this process so far, or from now on: Linux only.

    ``getrusage`` would count the process that started this one.
    """
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def table(results: Mapping[str, Result]) -> str:
    """One line a score of the whole workload, one column an engine, the anchors first."""
    anchors = next(iter(results.values())).judgement
    judged = [anchors.holdout, anchors.bootstrap, *(r.judgement.engine for r in results.values())]
    lines = [line(("", "unseen real", "a leak", *results)), line(["--"] * (len(results) + 3))]
    told = dict.fromkeys(s.metric for s in judged[2] if s.metric in METRICS)
    lines += [line((name, *(_said(value_of(s, name)) for s in judged))) for name in told]
    costs = zip(*(result.costs for result in results.values()), strict=True)
    lines += [
        line((name, "", "", *(_said(value) for value in values)))
        for name, values in zip(COSTS, costs, strict=True)
    ]
    verdicts = ("passes" if r.verdict.passed else "kept out" for r in results.values())
    return "\n".join([*lines, line(("gate", "", "", *verdicts))])


def line(cells: Sequence[str]) -> str:
    """Of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _said(value: float) -> str:
    return (
        f"{value:.4f}" if abs(value) < 1 else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
    )


if __name__ == "__main__":
    main()

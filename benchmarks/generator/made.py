"""A made grid of another shape than the simulated days: bursts, long tails, zeros and gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridlens.generator.workload import as_workload

Ids = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
FIRST = np.datetime64("2025-03-03", "us")  # a Monday
DAYS, SITES, PROJECTS, STEPS, TYPES, GROUPS = 28, 170, 58, 12, 119, 21
_DAY = 86_400.0
_EVGEN = 0  # the step without input files


def made(jobs: int, seed: int = 1) -> pa.Table:
    """That many jobs of 28 days, ordered by task.

    Tasks come in campaigns of the same kind, some at once; a task has from one to thousands of jobs
    (Pareto), which are made in a few batches, at sites that it prefers. 170 sites, 58 projects, 119
    data types; every seventh task has no input; failed jobs are cut short, closed ones never ran.
    ``corecount``, ``nevents``, ``workinggroup`` and the workload are often unknown.
    """
    rng = np.random.default_rng(seed)
    kind, start = _campaigns(jobs, rng)
    task = np.sort(rng.choice(len(kind), jobs, p=_shares(rng.pareto(1.2, len(kind)) + 0.05)))
    step = kind[task] % STEPS
    site = _sites(task, rng)
    status = _status(site, task, rng)
    files = np.where(step == _EVGEN, 0, 1 + np.minimum(rng.pareto(1.3, jobs) * 2, 900).astype(int))
    size = 1e8 * (1 + rng.pareto(1.1, len(kind)))[task] * rng.uniform(0.8, 1.2, jobs)
    cores = np.where(step < 4, 8, 1)
    events = np.rint((1 + rng.pareto(1.5, len(kind))[task]) * 500 * (1 + files))
    work = events * (1 + rng.pareto(2.0, len(kind)))[task] * rng.lognormal(1, 0.25, jobs)
    work = np.where(status == "failed", work * rng.beta(0.6, 2, jobs), work)
    return as_workload(
        pa.table(
            {
                "creationtime": FIRST + (1e6 * _made_at(start, task, rng)).astype("m8[us]"),
                "computingsite": _named("QUEUE", site),
                "project": _named("project", kind[task] % PROJECTS),
                "prodstep": _named("step", step),
                "datatype": _named("TYPE", kind[task] % TYPES),
                "ninputdatafiles": files,
                "inputfilebytes": np.rint(files * size).astype(np.int64),
                "jobstatus": status,
                "workload_gflop": _known(np.where(status == "closed", 0.0, work), 0.97, rng),
                "jeditaskid": 1000 + task,
                "corecount": _known(cores, 0.9, rng),
                "nevents": _known(np.where(status == "finished", events, 0).astype(int), 0.6, rng),
                "workinggroup": _known(_named("group", kind[task] % GROUPS), (step < 5)[:], rng),
                "processingtype": _named("processing", step // 2),
            }
        )
    )


def _campaigns(jobs: int, rng: np.random.Generator) -> tuple[Ids, Real]:
    """Kind and first second of each task: campaigns of 1 to 40 tasks, begun together or not."""
    sizes = np.minimum(1 + rng.pareto(1.1, jobs // 60 + 3), 40).astype(int)
    kind = np.minimum(rng.zipf(1.35, len(sizes)), 4 * TYPES)
    day = rng.choice(DAYS, len(sizes), p=_shares(1 + (np.arange(DAYS) % 7 < 5) * 1.5))
    begun = _DAY * (day + rng.beta(3, 3, len(sizes)))
    apart = np.where(rng.random(len(sizes)) < 0.5, 60.0, 7200.0)
    kind, begun, apart = (np.repeat(x, sizes) for x in (kind, begun, apart))
    return kind, np.minimum(begun + rng.exponential(apart), (DAYS - 0.05) * _DAY)


def _made_at(start: Real, task: Ids, rng: np.random.Generator) -> Real:
    """Seconds since the beginning: each task makes its jobs in up to five batches."""
    batch = rng.exponential(0.3 * _DAY, (len(start), 5)) * np.arange(5)
    which = rng.choice(5, len(task), p=[0.5, 0.2, 0.15, 0.1, 0.05])
    seconds = start[task] + batch[task, which] + rng.exponential(30, len(task))
    return np.minimum(seconds, DAYS * _DAY - 1)


def _sites(task: Ids, rng: np.random.Generator) -> Ids:
    """Most jobs run at one of the four sites of their task; sites are of very different size."""
    shares = _shares(1 / np.arange(1, SITES + 1))
    own = rng.choice(SITES, (int(task.max()) + 1, 4), p=shares)
    chosen = own[task, rng.choice(4, len(task), p=[0.5, 0.25, 0.15, 0.1])]
    return np.where(rng.random(len(task)) < 0.1, rng.choice(SITES, len(task), p=shares), chosen)


def _status(site: Ids, task: Ids, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Some sites and some tasks fail often; a few jobs are cancelled or closed."""
    chance = rng.beta(1, 12, SITES)[site] + rng.beta(0.3, 4, int(task.max()) + 1)[task]
    status = np.where(rng.random(len(site)) < chance, "failed", "finished")
    drawn = rng.random(len(site))
    status = np.where(drawn < 0.03, "closed", status)
    return np.where(drawn > 0.985, "cancelled", status)


def _known(values: npt.ArrayLike, chance: npt.ArrayLike, rng: np.random.Generator) -> pa.Array:
    column = pa.array(values)
    return pa.array(column.to_pylist(), column.type, mask=rng.random(len(column)) >= chance)


def _named(word: str, codes: Ids) -> pa.Array:
    names = pa.array([f"{word}_{i}" for i in range(int(codes.max()) + 1)])
    return names.take(pa.array(codes))


def _shares(weights: Real) -> Real:
    return np.asarray(weights / weights.sum())

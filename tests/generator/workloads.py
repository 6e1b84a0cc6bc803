"""Small literal workloads, and large random ones, for the tests of this folder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from gridlens.generator.workload import as_workload
from gridlens.window import Day

FIRST = Day.parse("2025-04-01").start
JOB: dict[str, Any] = {
    "creationtime": FIRST,
    "computingsite": "CERN",
    "project": "mc23_13p6TeV",
    "prodstep": "deriv",
    "datatype": "DAOD_PHYS",
    "ninputdatafiles": 3,
    "inputfilebytes": 3_000_000_000,
    "jobstatus": "finished",
    "workload_gflop": 4000.0,
    "jeditaskid": 1,
}


def jobs(*different: dict[str, Any]) -> pa.Table:
    """A workload with one row for each dict, which says how it differs from ``JOB``."""
    rows = [{**JOB, **row} for row in different]
    return as_workload(pa.table({name: [row[name] for row in rows] for name in JOB}))


def grid(n: int, seed: int = 1) -> pa.Table:
    """A random workload of ``n`` jobs in tasks: long tails, zeros, rare sites, tied variables."""
    rng = np.random.default_rng(seed)
    tasks = max(2, n // 30)
    task = np.sort(rng.integers(0, tasks, n))
    start = np.sort(rng.uniform(0, 8 * 86400, tasks))
    project = rng.choice(["mc23_13p6TeV", "data24_13p6TeV", "mc20_13TeV"], tasks, p=[0.6, 0.3, 0.1])
    datatype = rng.choice(["DAOD_PHYS", "AOD", "EVNT"], tasks, p=[0.7, 0.2, 0.1])
    size = rng.lognormal(21, 1, tasks)
    rate = rng.lognormal(8, 1, tasks)
    files = np.where(rng.random(n) < 0.05, 0, rng.geometric(0.3, n))
    sites = np.array([f"SITE_{i}" for i in range(12)])
    shares = 1 / np.arange(1, 13)
    status = rng.choice(
        ["finished", "failed", "cancelled", "closed"], n, p=[0.85, 0.12, 0.02, 0.01]
    )
    work = rate[task] * (0.2 + files) * rng.lognormal(0, 0.3, n)
    seconds = start[task] + rng.exponential(600, n)
    return as_workload(
        pa.table(
            {
                "creationtime": [FIRST + timedelta(seconds=float(s)) for s in seconds],
                "computingsite": rng.choice(sites, n, p=shares / shares.sum()),
                "project": project[task],
                "prodstep": np.where(datatype[task] == "EVNT", "evgen", "deriv"),
                "datatype": datatype[task],
                "ninputdatafiles": files,
                "inputfilebytes": np.rint(files * size[task]).astype(np.int64),
                "jobstatus": status,
                "workload_gflop": np.where(status == "closed", 0.0, work),
                "jeditaskid": 1000 + task,
            }
        )
    )

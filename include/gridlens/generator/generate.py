"""Jobs of days to come: when they are made from the arrivals, what they are from an engine."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from gridlens.errors import InputError
from gridlens.generator.engine import Engine
from gridlens.generator.shares import with_shares
from gridlens.generator.workload import as_workload

_FROM_ARRIVALS = ("jeditaskid", "creationtime")


def generate(
    engine: Engine,
    arrived: pa.Table,
    seed: int,
    shares: Mapping[str, float] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> pa.Table:
    """Fill arrivals with jobs.

    All jobs of a task share its categories, which the arrivals draw together with the task's size;
    everything else is drawn by the engine given these, and so is of no single real job that the
    engine itself would not give away.

    Args:
        engine: fitted on the training table of the arrivals.
        arrived: what ``Arrivals.sample`` or ``sample_count`` drew.
        seed: of all random numbers.
        shares: what if these sites had these shares of the jobs; the others keep their
            proportions. A job is drawn anew given its site; where none of its kind ever ran there,
            it stays as it was drawn for its former site.
        fixed: categories that every job has, such as ``jobstatus`` 'failed' for many of a rare
            kind. The engine draws, given them, what each task is; tasks keep their times and sizes.

    Returns:
        A workload with ``jeditaskid``, ordered by ``creationtime``.

    Raises:
        InputError: no arrivals, a category that the engine cannot draw, or wrong shares.
    """
    if not len(arrived):
        raise InputError("no job is made in this window: choose more days, or a greater scale")
    kinds = _fixed_kinds(engine, arrived, seed, fixed) if fixed else _kinds(arrived)
    drawn = _drawn(engine, kinds, seed, shares or {}).drop_columns(["creationtime"])
    for name in _FROM_ARRIVALS:
        drawn = drawn.append_column(name, arrived.column(name))
    return as_workload(drawn)


def _kinds(arrived: pa.Table) -> pa.Table:
    return arrived.drop_columns(list(_FROM_ARRIVALS))


def _fixed_kinds(
    engine: Engine, arrived: pa.Table, seed: int, fixed: Mapping[str, str]
) -> pa.Table:
    """For each job the fixed categories and its task's, which go together."""
    tasks, task = np.unique(arrived.column("jeditaskid").to_numpy(), return_inverse=True)
    wanted = pa.table({name: [value] * len(tasks) for name, value in fixed.items()})
    drawn = engine.sample(len(tasks), _seeds(seed)[3], wanted)
    names = {*fixed, *_kinds(arrived).column_names}
    return drawn.select([name for name in drawn.column_names if name in names]).take(pa.array(task))


def _drawn(engine: Engine, kinds: pa.Table, seed: int, shares: Mapping[str, float]) -> pa.Table:
    first, second, third, _ = _seeds(seed)
    drawn = engine.sample(len(kinds), first, kinds)
    if not shares:
        return drawn
    sites, is_known = with_shares(kinds, drawn.column("computingsite"), shares, second)
    place = drawn.column_names.index("computingsite")
    moved = drawn.set_column(place, "computingsite", sites)
    given = kinds.append_column("computingsite", sites).filter(pa.array(is_known))
    known = engine.sample(len(given), third, given)
    rows = np.where(is_known, np.cumsum(is_known) - 1, len(given) + np.arange(len(kinds)))
    return pa.concat_tables([known, moved]).take(pa.array(rows))


def _seeds(seed: int) -> list[int]:
    """One seed for each thing that is drawn."""
    return [int(s) for s in np.random.SeedSequence(seed).generate_state(4)]

"""All judges over one drawn workload, and over the two anchors beside it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from gridlens.errors import InputError
from gridlens.generator.judgement.fidelity import fidelity
from gridlens.generator.judgement.lens import Lens, Tables, thinned
from gridlens.generator.judgement.logic import logic
from gridlens.generator.judgement.privacy import membership_floor, privacy
from gridlens.generator.judgement.score import Judgement, Score, score
from gridlens.generator.judgement.time import halves, time_structure
from gridlens.generator.judgement.usefulness import usefulness
from gridlens.generator.splits import Split


def judge(drawn: pa.Table, train: pa.Table, holdout: pa.Table, seed: int) -> tuple[Score, ...]:
    """Every score of a drawn workload but its cost.

    Args:
        drawn: what an engine drew.
        train: what the engine learned from.
        holdout: real rows that no engine has seen.
        seed: of what is looked at where not all rows are, and of the learning judges.

    Raises:
        InputError: a table is no workload, has no rows, or lacks a variable of the training rows.
    """
    tables = Tables.alike(drawn, train, holdout)
    return (*_of_rows(tables, seed), *time_structure(tables.drawn, tables.train, seed))


def judge_engine(
    drawn: pa.Table, parts: Split, seed: int, arrived: pa.Table | None = None
) -> Judgement:
    """A drawn workload beside both anchors, all with the same number of rows.

    The holdout anchor is the validation rows, judged as if an engine had drawn them; its times are
    the second half of the training window judged against the first, the real window before it; its
    membership is that of training rows by others, since validation rows are of other tasks. The
    bootstrap anchor is training rows drawn with replacement. The test rows are the holdout of all.

    Args:
        drawn: by the engine.
        parts: of the real rows.
        seed: see ``judge``.
        arrived: where other times than the engine's own are delivered, those of the days of the
            real rows: they are judged in the place of the engine's, against all real rows.

    Raises:
        InputError: see ``judge``; also when a part of the split has no rows.
    """
    rng = np.random.default_rng(seed)
    if empty := [name for name, part in vars(parts).items() if not len(part)]:
        raise InputError(f"the {empty[0]} part of the split has no rows: choose a longer window")
    size = min(len(drawn), len(parts.validation))
    ours, real = (t.take(thinned(len(t), size, rng)) for t in (drawn, parts.validation))
    again = parts.train.take(rng.integers(0, len(parts.train), size))
    timed, window = ours, parts.train
    if arrived is not None:
        timed, window = arrived, pa.concat_tables(vars(parts).values())
    before, after = halves(window)
    rows = [Tables.alike(table, parts.train, parts.test) for table in (ours, real, again)]
    return Judgement(
        engine=(*_of_rows(rows[0], seed), *time_structure(timed, window, seed)),
        holdout=(*_unseen(rows[1], seed), *time_structure(after, before, seed)),
        bootstrap=(*_of_rows(rows[2], seed), *time_structure(again, parts.train, seed)),
    )


def _unseen(tables: Tables, seed: int) -> tuple[Score, ...]:
    """Scores of unseen real rows; no engine that knows the tasks can have less membership."""
    with threadpool_limits(1):
        lowest = membership_floor(tables, Lens.over(tables), len(tables.drawn), seed)
    floor = score("membership_auc", lowest)
    return tuple(floor if s.metric == floor.metric else s for s in _of_rows(tables, seed))


def _of_rows(tables: Tables, seed: int) -> tuple[Score, ...]:
    """On one thread: several sum in another order, and get in each other's way on few cores."""
    lens = Lens.over(tables)
    with threadpool_limits(1):
        return (
            *fidelity(tables, lens, seed),
            *usefulness(tables, lens, seed),
            *privacy(tables, lens, seed),
            *logic(tables),
        )

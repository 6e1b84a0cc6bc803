"""How like the training rows the drawn ones are: each variable for itself, and in pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from gridlens.generator.judgement.association import associations
from gridlens.generator.judgement.lens import Lens, Numbers, Tables, seen
from gridlens.generator.judgement.score import Score, score
from gridlens.generator.judgement.two_sample import two_sample_auc
from gridlens.generator.workload import Variable


def fidelity(tables: Tables, lens: Lens, seed: int) -> Iterator[Score]:
    """Drawn rows against training rows; the classifier alone against the holdout.

    A score of the whole is the mean over the variables that it is of; coverage is the least. Times
    have no Wasserstein distance here: holdout rows may be of other days.
    """
    single = list(each_variable(tables))
    yield from single
    for metric in ("wasserstein", "jensen_shannon", "zero_share", "missing_share"):
        yield score(metric, float(np.mean([s.value for s in single if s.metric == metric])))
    yield score("coverage", min(s.value for s in single if s.metric == "coverage"))
    difference = np.abs(associations(tables.drawn, lens) - associations(tables.train, lens))
    yield score("association", difference.mean())
    yield score("two_sample_auc", two_sample_auc(tables, lens, seed))


def each_variable(tables: Tables) -> Iterator[Score]:
    """Distances of drawn from training rows, one variable at a time; nothing of the holdout."""
    for variable in tables.variables:
        drawn, train = (t.column(variable.name) for t in (tables.drawn, tables.train))
        if variable.kind == "category":
            yield score("jensen_shannon", category_distance(drawn, train), variable.name)
            yield score("coverage", coverage(drawn, train), variable.name)
            continue
        yield score("missing_share", abs(_missing(drawn) - _missing(train)), variable.name)
        if variable.kind != "time":
            yield score("zero_share", abs(_zeros(drawn) - _zeros(train)), variable.name)
            distance = number_distance(tables.drawn, tables.train, variable)
            yield score("wasserstein", distance, variable.name)


def number_distance(drawn: pa.Table, train: pa.Table, variable: Variable) -> float:
    """1-D Wasserstein distance of log1p values over the range of the training rows.

    Missing values are left out: their share is a score of its own. 1 where only one side has
    values; a range of 0 counts as 1.
    """
    ours, theirs = (_known(seen(table, variable)) for table in (drawn, train))
    if not len(ours) or not len(theirs):
        return float(len(ours) != len(theirs))
    span = float(theirs.max() - theirs.min())
    return float(wasserstein_distance(ours, theirs)) / (span or 1.0)


def category_distance(drawn: pa.ChunkedArray, train: pa.ChunkedArray) -> float:
    """Jensen-Shannon distance, base 2, of the values' shares; NULL is a value."""
    values = pc.unique(pa.chunked_array([*drawn.chunks, *train.chunks]))
    shares = [np.bincount(pc.index_in(c, values), minlength=len(values)) for c in (drawn, train)]
    # Rounding may leave the square of a distance a little below 0.
    return float(np.nan_to_num(jensenshannon(*shares, base=2)))


def coverage(drawn: pa.ChunkedArray, train: pa.ChunkedArray) -> float:
    """Share of the training rows whose value the drawn rows have too; NULL is a value."""
    return float(np.mean(pc.is_in(train, pc.unique(drawn)).to_numpy()))


def _known(values: Numbers) -> Numbers:
    return values[~np.isnan(values)]


def _missing(column: pa.ChunkedArray) -> float:
    return int(column.null_count) / len(column)


def _zeros(column: pa.ChunkedArray) -> float:
    return float(pc.sum(pc.equal(column, 0)).as_py() or 0) / len(column)

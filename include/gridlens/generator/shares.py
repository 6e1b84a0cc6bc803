"""What if sites had other shares of the jobs: as little else as possible is changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridlens.errors import InputError

_TOLERANCE = 0.001  # of all jobs, by which a site may miss its share
_ANYWHERE = 1e-3  # weight of sites where a kind never ran: only for what fits nowhere else
Real = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def with_shares(
    kinds: pa.Table, sites: pa.ChunkedArray, shares: Mapping[str, float], seed: int
) -> tuple[pa.Array, Mask]:
    """Draw each job's site anew, so that the named sites have these shares of the jobs.

    The table of kinds of task by site is raked (iterative proportional fitting; Deming and
    Stephan 1940) until its margins are the kinds as they are and the sites as they shall be; of
    all such tables it is the closest to the one that was. The sites that are not named keep their
    proportions. A kind goes to a site where it never ran only where nothing else is left.

    Args:
        kinds: a row a job: the categories of its task.
        sites: where the jobs would run as things are.
        shares: site and its share, 0 to 1.
        seed: of the draw.

    Returns:
        Each job's site, and whether a job of its kind ran there.

    Raises:
        InputError: a site where no job runs, or shares that are none.
    """
    kind, site = _coded(kinds), _coded(pa.table({"computingsite": sites}))
    names = sites.take(pa.array(np.unique(site, return_index=True)[1])).combine_chunks()
    shape = (int(kind.max()) + 1, len(names))
    counts = np.bincount(kind * shape[1] + site, minlength=shape[0] * shape[1]).reshape(shape)
    rows, columns = counts.sum(1), counts.sum(0) / len(site)
    wanted = _wanted(names.to_pylist(), columns, shares)
    raked = _raked(counts + _ANYWHERE * np.outer(rows, columns), rows, wanted * len(site))
    drawn = _drawn(raked, kind, seed)
    return names.take(pa.array(drawn)), counts[kind, drawn] > 0


def _coded(table: pa.Table) -> Codes:
    """A number for each row, from 0; equal rows have the same."""
    codes = np.zeros(len(table), np.int64)
    for column in table.columns:
        coded = column.combine_chunks().dictionary_encode("encode")
        codes = codes * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
        codes = np.unique(codes, return_inverse=True)[1]
    return codes


def _wanted(names: list[str | None], now: Real, shares: Mapping[str, float]) -> Real:
    for name, share in shares.items():
        if name not in names:
            raise InputError(
                f"none of the drawn jobs runs at site '{name}': name one such as '{names[0]}', "
                "or draw more jobs"
            )
        if not 0 <= share <= 1:
            raise InputError(f"the share of site '{name}' is {share}: give a number from 0 to 1")
    given, is_named = sum(shares.values()), np.array([name in shares for name in names])
    if given > 1 + 1e-9:
        raise InputError(f"the shares of the sites add up to {given:g}: give at most 1 in all")
    left = now[~is_named].sum()
    if not left and given < 1 - 1e-9:
        raise InputError(
            f"the shares of all sites add up to {given:g}: give 1, or leave a site out"
        )
    others = now * max(1 - given, 0) / (left or 1)
    return np.array(
        [shares.get(str(name), other) for name, other in zip(names, others, strict=True)]
    )


def _raked(counts: Real, rows: Codes, columns: Real) -> Real:
    """Scale columns and rows in turns; ends, as all counts are above 0 and the sums agree."""
    counts = counts * (columns > 0)
    while True:
        counts = counts * (columns / np.maximum(counts.sum(0), 1e-300))
        counts = counts * (rows / counts.sum(1))[:, None]
        if np.abs(counts.sum(0) - columns).max() < _TOLERANCE * rows.sum():
            return counts


def _drawn(counts: Real, kind: Codes, seed: int) -> Codes:
    """A site for each job, by the counts of its kind."""
    ends = np.cumsum(counts).reshape(counts.shape)
    begins = np.concatenate([[0], ends[:-1, -1]])
    last = ends[kind, -1]
    at = begins[kind] + np.random.default_rng(seed).random(len(kind)) * (last - begins[kind])
    at = np.minimum(at, np.nextafter(last, 0))
    return np.asarray(np.searchsorted(ends.ravel(), at, "right") % counts.shape[1])

"""Tables 1 and 2 of the data-management paper for a window, the paper's own figures beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridlens.charts import published
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.window import Window


def paper_tables(settings: Settings, window: Window, population: str = "user") -> str:
    """Tables 1, 2(a) and 2(b) as text; in brackets what the paper has.

    Args:
        settings: where the warehouse is.
        window: days of the transfers' start and of the jobs' end.
        population: ``user`` jobs as in the paper, or ``all`` jobs.
    """
    days = f"date '{window.first}', date '{window.end}', population := '{population}'"
    with open_lake(settings).reader() as lake:
        lake.execute("begin transaction")  # the three tables tell of one state
        activities = lake.sql(
            "select activity, matched_count, total_count, matched_ratio "
            f"from mart.activity_matches({days}) order by position"
        ).fetchall()
        localities = lake.sql(
            "select method, local, remote, total, matched_ratio "
            f"from mart.transfer_localities({days}) order by method"
        ).fetchall()
        jobs = lake.sql(
            "select method, all_local, all_remote, mixed, total, matched_ratio "
            f"from mart.job_localities({days}) order by method"
        ).fetchall()
    return "\n\n".join(
        (
            f"Table 1. Transfers matched exactly, {window} [paper]\n"
            + _lines(
                ("activity", "matched", "total", "share"), activities, published.TABLE_1, None
            ),
            "Table 2(a). Matched transfers [paper]\n"
            + _lines(
                ("method", "local", "remote", "total", "share"),
                localities,
                published.TABLE_2A,
                published.TRANSFERS,
            ),
            "Table 2(b). Jobs with matched transfers [paper]\n"
            + _lines(
                ("method", "all local", "all remote", "mixed", "total", "share"),
                jobs,
                published.TABLE_2B,
                published.JOBS,
            ),
        )
    )


def _lines(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    paper: Mapping[str, tuple[int, ...]],
    denominator: int | None,
) -> str:
    """Aligned lines: counts with the paper's in brackets, the share last."""
    texts = [[head[0], *(f"{name}" for name in head[1:])]]
    for name, *counts, ratio in rows:
        theirs = paper.get(str(name))
        cells = [_cell(value, theirs[i] if theirs else None) for i, value in enumerate(counts)]
        if theirs is None:
            their_ratio = None
        elif denominator is None:
            their_ratio = theirs[0] / theirs[1]
        else:
            their_ratio = theirs[-1] / denominator
        texts.append([str(name), *cells, f"{_percent(ratio)} [{_percent(their_ratio)}]"])
    widths = [max(len(row[i]) for row in texts) for i in range(len(head))]
    return "\n".join(
        "  "
        + "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in texts
    )


def _cell(ours: object, theirs: int | None) -> str:
    return f"{ours:,} [{theirs:,}]" if theirs is not None else f"{ours:,} [-]"


def _percent(ratio: object) -> str:
    return f"{100 * ratio:.2f} %" if isinstance(ratio, float) else "-"

"""The paper's Tables 1 and 2 for a window, with the paper's own figures beside ours.

Paper: "Data Management System Analysis for Distributed Computing Workloads", sec. 5.1 and 5.2,
966,453 user jobs and 1,585,229 transfers with a task id, 2025-04-01 to 2025-04-09.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.window import Window

TABLE_1 = {
    "Analysis Download": (14_811, 176_694),
    "Analysis Upload": (2_919, 3_059),
    "Analysis Download Direct IO": (12_650, 548_712),
    "Production Upload": (0, 824_963),
    "Production Download": (0, 31_801),
    "Total": (30_380, 1_585_229),
}
TABLE_2A = {
    "exact": (28_579, 1_801, 30_380),
    "rm1": (35_065, 1_817, 36_882),
    "rm2": (36_320, 24_273, 60_593),
}
TABLE_2B = {
    "exact": (7_649, 258, 0, 7_907),
    "rm1": (8_763, 260, 0, 9_023),
    "rm2": (8_727, 7_662, 112, 16_501),
}
PAPER_TRANSFERS = 1_585_229
PAPER_JOBS = 966_453


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
            + _lines(("activity", "matched", "total", "share"), activities, TABLE_1, None),
            "Table 2(a). Matched transfers [paper]\n"
            + _lines(
                ("method", "local", "remote", "total", "share"),
                localities,
                TABLE_2A,
                PAPER_TRANSFERS,
            ),
            "Table 2(b). Jobs with matched transfers [paper]\n"
            + _lines(
                ("method", "all local", "all remote", "mixed", "total", "share"),
                jobs,
                TABLE_2B,
                PAPER_JOBS,
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

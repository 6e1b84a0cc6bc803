"""Why a job's transfers did or did not match, in words, from the warehouse."""

from __future__ import annotations

from typing import Any

import duckdb

from gridlens.errors import NotFound
from gridlens.matching import Reading, candidates_sql, explain_pair
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.derive import lookback_days, transfer_days
from gridlens.pipelines.models import models
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.window import Day


def explain(settings: Settings, pandaid: int, transfer_id: str | None = None) -> str:
    """Tell every criterion for a job's candidates, or for one transfer whatever it is.

    Args:
        settings: where the warehouse is.
        pandaid: the job.
        transfer_id: one transfer; without it, all those that agree with a file of the job in
            task and name, or that name the job.

    Raises:
        NotFound: the job, or the transfer, is not in the warehouse.
    """
    lake = open_lake(settings)
    reading = Reading()
    with lake.reader() as con:
        found = con.execute("select job_day from core.jobs where pandaid = ?", [pandaid]).fetchone()
        if found is None:
            raise NotFound(
                f"job {pandaid} is not in the warehouse: "
                "`gridlens status` lists the days that are there"
            )
        day = Day(found[0])
        world = World.seen(settings, con, models(reading))
        days = transfer_days(lookback_days(con, world, day, reading), world, day)
        _show(con, pandaid, day, days, transfer_id)
        rows = _candidates(con, reading, transfer_id)
    if rows:
        return "\n\n".join(explain_pair(row, reading) for row in rows)
    if transfer_id is not None:
        raise NotFound(
            f"transfer {transfer_id} is not among those that started {days[0]} to {days[-1]}, "
            f"which job {pandaid} can have been served by; failed attempts are in "
            "core.transfer_failures and match nothing"
        )
    return (
        f"job {pandaid}, ended {day}: no transfer that started {days[0]} to {day} has its task "
        "and the name of one of its files"
    )


def _show(
    con: duckdb.DuckDBPyConnection,
    pandaid: int,
    day: Day,
    days: tuple[Day, ...],
    transfer_id: str | None,
) -> None:
    """Put what the question is about under the names that matching reads.

    All transfers of the job's task come along: the sum is over them, also if one is asked for.
    """
    con.execute("use memory")
    for name, where, values in (
        ("jobs", "job_day = $day and pandaid = $pandaid", {"day": day.date, "pandaid": pandaid}),
        ("files", "job_day = $day and pandaid = $pandaid", {"day": day.date, "pandaid": pandaid}),
        (
            "transfers",
            "list_contains($days, started_day) and (pandaid = $pandaid or transfer_id = $id "
            "or jeditaskid in (select jeditaskid from jobs))",
            {"days": [d.date for d in days], "pandaid": pandaid, "id": transfer_id},
        ),
    ):
        con.execute(f"create table {name} as select * from lake.core.{name} where {where}", values)


def _candidates(
    con: duckdb.DuckDBPyConnection, reading: Reading, transfer_id: str | None
) -> list[dict[str, Any]]:
    """Rows of candidates; of the one transfer if one is asked for, whatever it shares."""
    columns = {
        f"{name}_columns": [row[0] for row in con.execute(f"describe {name}s").fetchall()]
        for name in ("job", "file", "transfer")
    }
    sql = candidates_sql(reading, **columns, every_pair=transfer_id is not None)
    asked = "select * from candidates where $id is null or transfer_id = $id"
    result = con.execute(f"with candidates as ({sql}) {asked}", {"id": transfer_id})
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

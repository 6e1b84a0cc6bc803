"""The planted truth of days that were made, as rows of the raw schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from gridlens.pipelines.raw import Rows
from gridlens.tables.identifiers import literal
from gridlens.window import Day

TRUTH = "raw.truth_links"

# The truth of a day is that of the jobs that ended on it, so it is replaced with them.
_ROWS = """
select 'jobs' as table_name, date '{day}' as day, pandaid, transfer_id, cause
from read_parquet({links})
union all
select 'jobs', date '{day}', null, key, kind
from read_parquet({faults})
where "table" = 'transfers' and kind like 'redundant_copy%'
"""


# Held against the lake's at once and never stored, so that a quick sum of hashes will do.
_SUMS = "count(*), sum(hash(table_name, pandaid, transfer_id, cause))"


class Truth:
    """The planted truth in the warehouse, held against that of the files.

    The ledger does not keep it as an input: a warehouse that was loaded from indices, which have
    none, would then differ from one of the same documents that was loaded from files.
    """

    def __init__(self, loaded: Mapping[Day, tuple[Any, ...]], home: Path) -> None:
        self._loaded, self._home = loaded, home

    @classmethod
    def seen(cls, con: duckdb.DuckDBPyConnection, home: Path) -> Truth:
        """The truth of the state that a reader reads; a lake of an older version has none."""
        known = con.execute("select 1 from raw.models where name = ?", [TRUTH]).fetchone()
        if not known:
            return cls({}, home)
        rows = con.execute(f"select day, {_SUMS} from {TRUTH} group by day").fetchall()
        return cls({Day(day): tuple(sums) for day, *sums in rows}, home)

    def why_other(self, day: Day) -> str | None:
        """Why the warehouse's truth of a day no longer holds, in words; None where it does."""
        select, loaded = _select(self._home, day), self._loaded.get(day)
        if select is None:
            return f"truth/{day}.parquet is gone" if loaded else None
        with duckdb.connect(":memory:") as con:
            found = con.execute(f"select {_SUMS} from ({select})").fetchone()
        if found == (loaded or (0, None)):
            return None
        return f"truth/{day}.parquet has {'changed' if loaded else 'arrived'}"


def truth_rows(home: Path, day: Day) -> Rows:
    """Rows of raw.truth_links for a day; none where ``home`` has no truth, as with real data."""
    select = _select(home, day)
    if select is None:
        return []
    with duckdb.connect(":memory:") as con:
        return con.execute(select).to_arrow_table()


def _select(home: Path, day: Day) -> str | None:
    links, faults = (home / "truth" / f"{kind}{day}.parquet" for kind in ("", "faults-"))
    if not (links.exists() and faults.exists()):
        return None
    return _ROWS.format(day=day, links=literal(str(links)), faults=literal(str(faults)))

"""The planted truth of days that were made, as rows of the raw schema."""

from __future__ import annotations

from pathlib import Path

import duckdb

from gridlens.pipelines.raw import Rows
from gridlens.tables.identifiers import literal
from gridlens.window import Day

# The truth of a day is that of the jobs that ended on it, so it is replaced with them.
_ROWS = """
select 'jobs' as table_name, date '{day}' as day, pandaid, transfer_id, cause
from read_parquet({links})
union all
select 'jobs', date '{day}', null, key, kind
from read_parquet({faults})
where "table" = 'transfers' and kind like 'redundant_copy%'
"""


def truth_rows(home: Path, day: Day) -> Rows:
    """Rows of raw.truth_links for a day; none where ``home`` has no truth, as with real data."""
    links, faults = (home / "truth" / f"{kind}{day}.parquet" for kind in ("", "faults-"))
    if not (links.exists() and faults.exists()):
        return []
    paths = {"links": literal(str(links)), "faults": literal(str(faults))}
    with duckdb.connect(":memory:") as con:
        return con.execute(_ROWS.format(day=day, **paths)).to_arrow_table()

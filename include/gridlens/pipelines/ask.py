"""Questions to the warehouse: SQL from the shell, and the file that opens it elsewhere."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import duckdb

from gridlens.errors import InputError
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.warehouse import init_sql, is_damage

MOST_ROWS_SHOWN = 200
BATCH_ROWS = 10_000


def print_query(settings: Settings, query: str, form: str) -> None:
    """Print the rows of a query, as an aligned table or as CSV.

    Raises:
        InputError: the warehouse does not understand the query, or it gives no rows.
        NotFound: there is no warehouse.
    """
    with open_lake(settings).reader() as lake:
        try:
            rows = lake.sql(query)
            if rows is None:
                raise InputError("the query gives no rows: ask with SELECT")
            if form == "table":
                rows.show(max_rows=MOST_ROWS_SHOWN, max_width=10_000)
                return
            out = csv.writer(sys.stdout, lineterminator="\n")
            out.writerow(rows.columns)
            while batch := rows.fetchmany(BATCH_ROWS):
                out.writerows(batch)
        except duckdb.Error as error:
            if is_damage(error):
                raise  # the question is not at fault
            raise InputError(f"the warehouse does not take this query: {error}") from error


def table_text(settings: Settings, query: str) -> str:
    """The rows of a query as aligned text, numbers to the right."""
    with open_lake(settings).reader() as lake:
        result = lake.execute(query)
        head = [column[0] for column in result.description or ()]
        rows = [[_cell(value) for value in row] for row in result.fetchall()]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  " + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.1f}"
    return (
        f"{value:,}"
        if isinstance(value, int) and not isinstance(value, bool)
        else ("" if value is None else str(value))
    )


def write_init_file(settings: Settings) -> Path:
    """Write ``open.sql`` into the warehouse's folder: `duckdb -init` opens it with this file."""
    lake = open_lake(settings)
    with lake.reader():  # a folder without a warehouse is refused here, with the next step
        path = settings.warehouse / "open.sql"
    path.write_text(init_sql(lake.place))
    return path

"""The rows as fetched, shown in the warehouse without a copy: one view a table over its slices."""

from __future__ import annotations

from collections.abc import Sequence

from gridlens.tables import Table
from gridlens.tables.identifiers import literal, quoted


def view_sql(table: Table, files: Sequence[str]) -> str:
    """The statement that shows these slice files, paths below the slices' folder, as one table.

    The folder is a variable of the connection, so that a moved home needs no change. The day is
    read from the file's name, so that a query for one day opens one file.
    """
    columns = ", ".join(quoted(c.name) for c in table.slice_columns)
    head = f"create or replace view raw.{table.name} as"
    if not files:
        return f"{head} select {table.typed_nulls}, null::DATE as {table.day_column} where false"
    listed = ", ".join(literal(file) for file in files)
    paths = f"list_transform([{listed}], lambda f: getvariable('slices') || f)"
    day = f"cast(left(parse_filename(filename), 10) as date) as {table.day_column}"
    source = f"read_parquet({paths}, filename = true, union_by_name = true)"
    return f"{head} select {columns}, {day} from {source}"

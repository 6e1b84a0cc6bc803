"""The types of a table's slices as Arrow has them."""

import pyarrow as pa

from gridlens.tables.definition import Table

_TYPES = {
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a table's slices, in order: canonical, raw twins and the flags."""
    return pa.schema([(c.name, _TYPES[c.type]) for c in table.slice_columns])

"""How much data Rucio manages, as it grew over the years."""

from __future__ import annotations

from gridlens.tables.definition import Column, Table, count, size, text

STORAGE_VOLUMES = Table(
    name="storage_volumes",
    meaning="Volume that Rucio manages, by day and kind of data; each dump has the whole history.",
    grain="one kind of data on one day of the history, in one dump",
    key=("volume_day", "datatype", "project"),
    day_column="dump_day",
    cut="dump",
    optional=True,
    columns=(
        Column("volume_day", "DATE", "Day of the history at whose end so much was managed."),
        text("datatype", "Rucio's data type: AOD, DAOD_PHYS, RAW, …"),
        text("project", "Rucio's project: data24_13p6TeV, mc23_13p6TeV, …"),
        size("bytes", "All that was managed on that day, earlier years included."),
        count("files", "Number of these files."),
    ),
)

"""File transfers, Rucio events and pilot traces in one shape (MONIT enriched transfers)."""

from gridlens.tables.definition import Column, Table, count, identifier, size, text, time

_COLUMNS = (
    text("transfer_id", "Request id of a Rucio event, trace id of a pilot trace."),
    text("record_kind", "Event type of the record: transfer-done, get_sm_a, …"),
    text("state", "State of the event, or client state of the trace."),
    text("reason", "Reason given with the state."),
    text("activity", "Rucio activity; for pilot traces made from event type and state."),
    text("scope", "Rucio scope of the file.", "declared"),
    text("lfn", "Logical file name.", "declared"),
    text(
        "dataset_name", "Dataset or container, with or without `scope:`, as recorded.", "declared"
    ),
    text("proddblock", "Block of the file, where the export has one.", "declared"),
    size("bytes", "Size of the file; for direct reads too, where only a part may be read."),
    text("src_rse", "Storage element read from."),
    text("dst_rse", "Storage element written to."),
    text("src_site", "Site read from; NULL where unknown.", keeps_raw=True),
    text("dst_site", "Site written to; NULL where unknown.", keeps_raw=True),
    time("created_at", "When the request was made."),
    time("submitted_at", "When the transfer was submitted."),
    time("started_at", "When bytes began to move."),
    time("ended_at", "When the transfer ended; direct reads have none."),
    Column(
        "duration_src_s",
        "DOUBLE",
        "Duration as recorded: Rucio drops whole days and writes -1 for none; use `duration_s`.",
        "s",
        (-1,),
    ),
    identifier("jeditaskid", "JEDI task, where the record has one."),
    identifier("pandaid", "PanDA job id, where the record has one: the truth to measure against."),
    text("pq", "PanDA queue, where the record has one."),
    text("protocol", "Protocol."),
    text("rule_id", "Replication rule."),
    text("previous_transfer_id", "Request that this one retries."),
    count("retry_count", "Number of retries."),
    text("account", "Rucio account, as a keyed hash.", "hashed"),
    text("usr", "User of the trace, as a keyed hash.", "hashed"),
    text("usrdn", "Distinguished name of the trace's user, as a keyed hash.", "hashed"),
    time("indexed_at", "When the record was indexed; newest wins among copies."),
)

TRANSFERS = Table(
    name="transfers",
    meaning="File transfers that came to a good end.",
    grain="one transfer",
    key=("transfer_id",),
    version="indexed_at",
    day_column="started_day",
    day_from=("started_at", "submitted_at", "created_at", "ended_at"),
    columns=_COLUMNS,
)

TRANSFER_FAILURES = Table(
    name="transfer_failures",
    meaning="File transfers that failed; they match nothing.",
    grain="one failed attempt",
    key=("transfer_id",),
    version="indexed_at",
    day_column="started_day",
    day_from=("started_at", "submitted_at", "created_at", "ended_at"),
    columns=_COLUMNS,
)

"""The raw schema's own tables: what was fetched, judged, computed and run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gridlens.tables import Column

TABLE = Column("table_name", "VARCHAR", "Table, without its schema where it is a canonical one.")
DAY = Column("day", "DATE", "Day of that table.")

SNAPSHOT = Column("snapshot_id", "VARCHAR", "Snapshot: when it was made, and its manifest's hash.")

ALERT = Column("alert_id", "VARCHAR", "Its key, and which of that key it is: from #1.")


def _text(name: str, meaning: str) -> Column:
    return Column(name, "VARCHAR", meaning)


def _time(name: str, meaning: str) -> Column:
    return Column(name, "TIMESTAMP", meaning, "UTC")


def _rows(name: str, meaning: str) -> Column:
    return Column(name, "BIGINT", meaning, "rows")


_VARIABLE = (
    _text("variable", "Variable of the workload."),
    _text("kind", "time, count, amount, category or group."),
)


@dataclass(frozen=True)
class RawTable:
    """One table of the raw schema.

    Attributes:
        name: without the schema.
        meaning: what it holds.
        columns: in order.
        key: rows with the values of given rows in these columns are replaced; none: only added.
        is_log: says nothing about the data: times, hosts, rates.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("table_name", "day")
    is_log: bool = False

    @property
    def fingerprint(self) -> str:
        """Changes when the definition does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


RAW_TABLES: dict[str, RawTable] = {
    table.name: table
    for table in (
        RawTable(
            "slices",
            "Slices that the warehouse was loaded from, one row a table and day.",
            (
                TABLE,
                DAY,
                _text("state", "complete, empty (0 documents) or unavailable."),
                _rows("promised", "Documents that the source said it has; NULL where it cannot."),
                _rows("fetched", "Documents that came: accepted + duplicates + quarantined."),
                _rows("accepted", "Rows of the slice."),
                _rows("duplicates", "Older copies of rows of the slice."),
                _rows("quarantined", "Documents set aside, with a reason."),
                _rows("gone", "Keys that an earlier extraction had and this one lacks."),
                _text("fingerprint", "Changes when the slice's content does."),
                _text("file", "Parquet file, below the folder of the slices; NULL where none."),
                _text("map", "Field map that the documents were read by."),
                _text("map_version", "Version of the field map."),
                _text("query", "What the source was asked, as JSON."),
                _text("fields", "Fields that documents had, with the kinds of values, as JSON."),
            ),
        ),
        RawTable(
            "quarantine",
            "Documents that no slice accepted, with the reason.",
            (
                TABLE,
                DAY,
                _text("row_key", "First key column as text, where it could be read."),
                _text("field", "Column or source field at fault; (document) for the whole."),
                _text("reason", "What is wrong with it."),
                _text("document", "The document as received, personal fields hashed."),
            ),
        ),
        RawTable(
            "gone",
            "Keys that an earlier extraction of a day had and the present one lacks.",
            (TABLE, DAY, _text("row_key", "Key columns as JSON.")),
        ),
        RawTable(
            "check_results",
            "Outcome of every quality rule on every slice.",
            (
                TABLE,
                DAY,
                _text("rule", "Name of the rule."),
                _text("kind", "row or table."),
                _text("level", "What tripping it means: flag, quarantine, warn or fail."),
                _text("status", "pass, warn or fail."),
                _rows("rows", "Rows concerned."),
                _rows("of_rows", "Rows looked at."),
                _text("message", "The outcome in words."),
            ),
        ),
        RawTable(
            "expectation_results",
            "Every measure of every slice, with the bounds that it was held against when the day "
            "was loaded; the outcome of rules is in raw.check_results.",
            (
                TABLE,
                DAY,
                _text("suite", "Great Expectations suite, made from the table's contract."),
                _text("expectation", "What holds the measure there."),
                _text("measure", "Name of the measure; docs/quality.md says what it is."),
                Column("value", "DOUBLE", "The measure; NULL where it could not be taken."),
                Column("warn_low", "DOUBLE", "Below it, the status is warn; NULL: no bound."),
                Column("warn_high", "DOUBLE", "Above it, the status is warn; NULL: no bound."),
                Column("fail_low", "DOUBLE", "Below it, the day was not loaded; NULL: no bound."),
                Column("fail_high", "DOUBLE", "Above it, the day was not loaded; NULL: no bound."),
                _text("status", "pass, warn or fail; without a value, or without bounds, pass."),
                _text("message", "The outcome in words."),
                _text("reason", "Why the bounds are these; empty where there are none."),
            ),
        ),
        RawTable(
            "computed_days",
            "What every day of core and mart was computed from.",
            (
                TABLE,
                DAY,
                _text(
                    "state", "complete, or edge where a day that it looks back on was not there."
                ),
                _text("inputs", "JSON list of [table, day, checksum]."),
                _text("inputs_fingerprint", "Changes when any input does."),
                _text("model_fingerprint", "Of the SELECT that made it."),
                _text("reading", "Open points of the method as decided; empty where none."),
                _rows("rows", "Rows of the day."),
                _text("checksum", "Of the rows of the day."),
                Column("snapshot", "BIGINT", "State of the lake that it was computed from."),
            ),
        ),
        RawTable(
            "models",
            "The SELECT behind every table of core and mart; also what its columns mean.",
            (
                _text("name", "Table or window mart, or a table of raw."),
                _text("meaning", "What it holds."),
                _text("grain", "Columns that tell its rows apart."),
                _text("day_column", "Day by which it is replaced; NULL for a window mart."),
                _text("arguments", "Filters of a window mart with their defaults."),
                _text("columns", "JSON object: meaning by column."),
                _text("fingerprint", "Changes when the SELECT does."),
                _text("documentation", "Changes when the description does."),
                _text("sql", "The SELECT."),
                _text("gridlens_version", "Version of gridlens that wrote this row."),
            ),
        ),
        RawTable(
            "truth_links",
            "Which transfer served which job, where days were made and the truth is known; "
            "empty for real days.",
            (
                TABLE,
                DAY,
                Column("pandaid", "BIGINT", "PanDA job id; NULL: the transfer served no job."),
                _text("transfer_id", "Request id of a Rucio event, trace id of a pilot trace."),
                _text("cause", "Fault that was planted on the trail between the two, or intact."),
            ),
        ),
        RawTable(
            "task_runs",
            "How each run of a task went and what it cost; differs between runs on equal data.",
            (
                _text("task_run_id", "Of this run of the task: taken in twice, it is one row."),
                _text("task", "Name of the task, with its table or engine."),
                Column("day", "DATE", "Day that it worked on; NULL where none."),
                _text("state", "done, failed, or overtaken: another had written newer results."),
                _text(
                    "error",
                    "Class of its error, with the first line of one of gridlens; NULL: none.",
                ),
                _text("dag", "DAG of Airflow that it ran in; empty from a shell."),
                _text("run", "That DAG's run; empty from a shell."),
                Column("attempt", "BIGINT", "Which try of Airflow's task, from 1; 0 from a shell."),
                Column("started_at", "TIMESTAMP", "When it started.", "UTC"),
                Column("seconds", "DOUBLE", "How long it took; a writer's until its commit.", "s"),
                _rows("rows_in", "Documents or rows read; NULL where the task does not say."),
                _rows("rows_out", "Rows written; NULL where the task does not say."),
                Column("bytes", "BIGINT", "Size of the files that these rows rest in.", "bytes"),
                _text("fingerprint", "Of what it wrote; of what it read, where it only reads."),
                Column("peak_rss_mb", "DOUBLE", "Most memory that its process held.", "MB"),
                _text(
                    "peak_of",
                    "task: most while this task ran; process: since the process began, where "
                    "the system cannot tell the two apart.",
                ),
                _text("versions", "JSON object: version by program."),
                _text("host", "Machine."),
            ),
            key=("task_run_id",),
            is_log=True,
        ),
        RawTable(
            "alerts",
            "What was found wrong with the warehouse, one row from its first sight to its end.",
            (
                ALERT,
                _text("key", "The same for the same thing: kind, day and table."),
                _text(
                    "kind",
                    "late, stale, contract, volume, expectation, drift, waiting, failed, damaged.",
                ),
                _text("severity", "critical where a day is missing from the answers; or warning."),
                Column("day", "DATE", "Day that it is about; NULL: no single one."),
                _text("table_name", "Table that it is about; NULL: none, or all."),
                _text("message", "What is wrong, as last seen."),
                _text("next_step", "What a person does about it."),
                _time("seen_at", "First look that saw it."),
                _time("last_seen_at", "Last look that had something new to say of it."),
                Column(
                    "times_seen", "BIGINT", "Looks that had something new to say of it.", "looks"
                ),
                _time("opened_at", "When it had lasted long enough; NULL: it has not."),
                _time("acknowledged_at", "When a person said that it is known."),
                _text("acknowledged_by", "Who, as a keyed hash."),
                _text("note", "What this person said."),
                _time("closed_at", "First look that saw it no more; NULL: it lasts."),
            ),
            key=("alert_id",),
            is_log=True,
        ),
        RawTable(
            "alert_notices",
            "Who was told of which alert's opening and closing.",
            (
                ALERT,
                _text("channel", "mail or webhook."),
                _text("event", "opened or closed."),
                _time("sent_at", "When the channel took it."),
            ),
            key=("alert_id", "channel", "event"),
            is_log=True,
        ),
        RawTable(
            "generator_snapshots",
            "Fitted engines of the workload generator, those that the gate kept out included.",
            (
                SNAPSHOT,
                Column("created_at", "TIMESTAMP", "When it was written.", "UTC"),
                _text("engine", "Name of the recipe."),
                Column("seed", "BIGINT", "Of fitting and drawing."),
                _text("split", "How rows were cut into parts: time, task or random."),
                Column("trained_from", "DATE", "First day on which the training jobs ended."),
                Column("trained_to", "DATE", "First day that is no longer included."),
                _text("population", "user, production or all jobs."),
                _rows("training_rows", "Jobs of these days, all parts of the split."),
                Column("lake_snapshot", "BIGINT", "State of the lake that they were read from."),
                _text("fingerprint", "Of these jobs' values."),
                _text("verdict", "passed, or failed: the gate's."),
                _text("reasons", "JSON list: why, one sentence each."),
                _text("champion", "Snapshot that it was held against; NULL: there was none."),
                _text("versions", "JSON object: version by program."),
            ),
            key=("snapshot_id",),
            is_log=True,
        ),
        RawTable(
            "generator_scores",
            "Scores of every snapshot's drawn jobs, and of the anchors beside them.",
            (
                SNAPSHOT,
                _text("judged", "engine, holdout (unseen real jobs) or bootstrap (training jobs)."),
                _text("family", "fidelity, usefulness, privacy, time, logic or cost."),
                _text("metric", "Name of the metric."),
                _text("variable", "Variable or rule that it is about; empty: the whole."),
                Column("value", "DOUBLE", "The score; NULL where it could not be computed."),
            ),
            key=("snapshot_id",),
            is_log=True,
        ),
        RawTable(
            "generator_distributions",
            "How the jobs that a snapshot drew are distributed, beside its training jobs.",
            (
                SNAPSHOT,
                *_VARIABLE,
                Column(
                    "bin",
                    "BIGINT",
                    "From 0; -1: zero, -2: missing, -3: all categories that have no bin.",
                ),
                _text("category", "Value of a category's bin; NULL: a number, or several values."),
                Column("low", "DOUBLE", "Lower edge of a number's bin; of a time's: s since 1970."),
                Column("high", "DOUBLE", "Upper edge."),
                Column("training_ratio", "DOUBLE", "Share of the training jobs, 0 to 1."),
                Column("drawn_ratio", "DOUBLE", "Share of the drawn jobs, 0 to 1."),
            ),
            key=("snapshot_id",),
            is_log=True,
        ),
        RawTable(
            "generator_statistics",
            "The jobs that a snapshot was made from, counted by part of the split and variable.",
            (
                SNAPSHOT,
                _text("part", "train, validation or test."),
                *_VARIABLE,
                _rows("rows", "Jobs of this part."),
                _rows("distinct_values", "Different values; NULL is none."),
                _rows("missing_rows", "Jobs without a value."),
            ),
            key=("snapshot_id",),
            is_log=True,
        ),
    )
}

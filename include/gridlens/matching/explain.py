"""Why a job and a transfer did or did not match, in words, from a row of the candidates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gridlens.matching.reading import V1, Reading

Row = Mapping[str, Any]

_COMPARED = (
    ("task", "task_ok", "transfer_task", "job", "job_task"),
    ("file name", "lfn_ok", "transfer_lfn", "file", "file_lfn"),
    ("scope", "scope_ok", "transfer_scope", "file", "file_scope"),
    ("block", "block_ok", "transfer_block", "file", "file_block"),
    ("size", "size_ok", "transfer_bytes", "file", "file_bytes"),
)


def explain_pair(row: Row, reading: Reading = V1) -> str:
    """Some lines of text: the verdict, then each criterion with the two values it compares.

    Args:
        row: one row of `candidates_sql`, by column name.
        reading: the reading under which the row was made.
    """
    if not row["lfn_ok"]:
        parts = [_compared(row, *_COMPARED[0]), _no_file(row)]
    else:
        parts = [_compared(row, *line) for line in _COMPARED]
        parts[3:3] = [_dataset(row)]
        parts += [_kind(row)]
    parts += [_lookback(row, reading), _end(row, reading), _site(row), _sum(row, reading)]
    return "\n".join([_verdict(row), *(f"  {part}" for part in parts)])


def _verdict(row: Row) -> str:
    pair = f"job {row['pandaid']} and transfer {row['transfer_id']}"
    methods = [name for name in ("exact", "rm1", "rm2", "direct") if row[name]]
    return f"{pair}: matched by {', '.join(methods)}" if methods else f"{pair}: not matched"


def _has(owner: str, value: object) -> str:
    return f"{owner} has none" if value is None else f"{owner} has {value}"


def _outcome(agrees: bool, *values: object) -> str:
    if None in values:
        return "not compared" if agrees else "unknown equals nothing"
    return "agrees" if agrees else "differs"


def _compared(row: Row, label: str, outcome: str, left: str, owner: str, right: str) -> str:
    values = row[left], row[right]
    return (
        f"{label}: {_has('transfer', values[0])}, {_has(owner, values[1])}: "
        f"{_outcome(row[outcome], *values)}"
    )


def _no_file(row: Row) -> str:
    return f"file name: transfer has {row['transfer_lfn']}, no file of the job has it: differs"


def _dataset(row: Row) -> str:
    transfer, file, block = row["transfer_dataset"], row["file_dataset"], row["file_block"]
    outcome = "agrees" if row["dataset_ok"] else _outcome(False, transfer, file or block)
    return (
        f"dataset: {_has('transfer', transfer)}, {_has('file', file)}, "
        f"{_has('its block', block)}: {outcome}"
    )


def _kind(row: Row) -> str:
    way = row["direction"] or "transfer without direction"
    fits = "fits" if row["kind_ok"] else "does not fit"
    return f"kind: {way} and a file of type {row['file_type']}: {fits}"


def _lookback(row: Row, reading: Reading) -> str:
    started, created = row["started_at"], row["creationtime"]
    if reading.lookback_days is None:
        return "lookback: no bound under this reading"
    if started is None or created is None:
        return f"lookback: started {started}, job created {created}: unknown, fails"
    bound = created - timedelta(days=reading.lookback_days)
    outcome = "in time" if row["lookback_ok"] else "too early"
    return f"lookback: started {started}, bound {bound}, job created {created}: {outcome}"


def _end(row: Row, reading: Reading) -> str:
    started, end = row["started_at"], row["endtime"]
    bound = "before" if reading.strict_before else "not after"
    outcome = "in time" if row["before_end_ok"] else "too late"
    if started is None or end is None:
        outcome = "unknown, fails"
    return f"end: started {started}, must be {bound} the job's end {end}: {outcome}"


def _site(row: Row) -> str:
    if row["direction"] is None:
        return "site: the activity is neither a download nor an upload: fails"
    end = "destination" if row["direction"] == "download" else "source"
    return (
        f"site: {_has(f'transfer ({end})', row['transfer_site'])}, "
        f"{_has('job', row['job_site'])}: "
        f"{_outcome(row['site_ok'], row['transfer_site'], row['job_site'])}"
    )


def _sum(row: Row, reading: Reading) -> str:
    if row["direction"] is None:
        return "sum: the activity is neither a download nor an upload: fails"
    got, wanted = row["sum_got"], row["sum_want"]
    counted = f"files of the job's matching {row['direction']}s sum up to {got}"
    if reading.sum_scope == "whole":
        totals = f"the job's totals are {row['input_total']} in and {row['output_total']} out"
        return f"sum: files of all matching transfers sum up to {got}, {totals}: " + _outcome(
            row["sum_ok"], got
        )
    if got is None:
        counted = f"the job's matching {row['direction']}s have no known sum"
    return f"sum: {counted}, {_has('the job', wanted)}: {_outcome(row['sum_ok'], got, wanted)}"

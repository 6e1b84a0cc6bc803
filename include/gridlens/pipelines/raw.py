"""A day's manifests, quarantine, vanished keys, checks and measures as rows of the raw schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.quality import EXPECTATION, NOT_MEASURED, CheckResult, Judgement, Measured
from gridlens.slices import Manifest, SliceStore

Rows: TypeAlias = Sequence[Mapping[str, Any]] | pa.Table


def raw_rows(
    store: SliceStore,
    manifests: Sequence[Manifest],
    judgements: Sequence[Judgement],
) -> dict[str, Rows]:
    """Rows by table of the raw schema, for all slices of one day."""
    return {
        "slices": [slice_row(manifest) for manifest in manifests],
        "quarantine": _together([store.quarantine_path(m) for m in manifests]),
        "gone": _gone(store, manifests),
        "check_results": [_check_row(r) for j in judgements for r in j.rules],
        "expectation_results": [expectation_row(m) for j in judgements for m in j.measures],
    }


def slice_row(manifest: Manifest) -> dict[str, Any]:
    """The row of raw.slices that tells of this manifest."""
    named = ("state", "promised", "fetched", "accepted", "duplicates", "quarantined", "gone")
    return {
        "table_name": manifest.table,
        "day": manifest.day.date,
        **{name: getattr(manifest, name) for name in named},
        "fingerprint": manifest.fingerprint,
        "file": manifest.file,
        "map": manifest.map,
        "map_version": manifest.map_version,
        "query": json.dumps(manifest.query, sort_keys=True),
        "fields": json.dumps(manifest.fields, sort_keys=True),
    }


def _together(paths: Sequence[Path | None]) -> Rows:
    tables = [pq.read_table(path) for path in paths if path is not None]
    together: Rows = pa.concat_tables(tables) if tables else []
    return together


_GONE = pa.schema([("table_name", pa.string()), ("day", pa.date32()), ("row_key", pa.string())])


def _gone(store: SliceStore, manifests: Sequence[Manifest]) -> pa.Table:
    found = ((m, path) for m in manifests if (path := store.gone_path(m)) is not None)
    return pa.Table.from_batches((b for m, p in found for b in _gone_batches(m, p)), _GONE)


def _gone_batches(manifest: Manifest, path: Path) -> Iterator[pa.RecordBatch]:
    """The keys as text, a batch at a time: only so many are ever Python's."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            keys = [json.dumps(key, default=str, sort_keys=True) for key in batch.to_pylist()]
            told = {"table_name": manifest.table, "day": manifest.day.date}
            rows = [
                pa.repeat(pa.scalar(told[name], _GONE.field(name).type), len(keys)) for name in told
            ]
            yield pa.record_batch([*rows, pa.array(keys, pa.string())], schema=_GONE)


def _check_row(result: CheckResult) -> dict[str, Any]:
    named = ("rule", "kind", "level", "status", "rows", "of_rows", "message")
    return {
        "table_name": result.table,
        "day": result.day.date,
        **{name: getattr(result, name) for name in named},
    }


def expectation_row(measured: Measured) -> dict[str, Any]:
    """One measure, its bounds and its outcome, as a row of raw.expectation_results."""
    measure = measured.measure
    return {
        "table_name": measured.table,
        "day": measured.day.date,
        "suite": measured.table,
        "expectation": EXPECTATION if measured.value is not None else NOT_MEASURED,
        "measure": measure.name,
        "value": measured.value,
        "warn_low": measure.warn.low,
        "warn_high": measure.warn.high,
        "fail_low": measure.fail.low,
        "fail_high": measure.fail.high,
        "status": measured.status,
        "message": measured.message,
        "reason": measure.because,
    }

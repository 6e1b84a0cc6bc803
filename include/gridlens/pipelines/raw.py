"""A day's manifests, quarantine, vanished keys and check results as rows of the raw schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.quality import CheckResult
from gridlens.slices import Manifest, SliceStore

Rows: TypeAlias = Sequence[Mapping[str, Any]] | pa.Table


def raw_rows(
    store: SliceStore,
    manifests: Sequence[Manifest],
    results: Sequence[CheckResult],
    run: Mapping[str, Any],
) -> dict[str, Rows]:
    """Rows by table of the raw schema, for all slices of one day and the run that loads them."""
    return {
        "slices": [slice_row(manifest) for manifest in manifests],
        "quarantine": _together([store.quarantine_path(m) for m in manifests]),
        "gone": [row for manifest in manifests for row in _gone_rows(store, manifest)],
        "check_results": [_check_row(result) for result in results],
        "task_runs": [run],
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


def _gone_rows(store: SliceStore, manifest: Manifest) -> list[dict[str, Any]]:
    path = store.gone_path(manifest)
    keys = pq.read_table(path).to_pylist() if path else []
    return [
        {
            "table_name": manifest.table,
            "day": manifest.day.date,
            "row_key": json.dumps(key, default=str, sort_keys=True),
        }
        for key in keys
    ]


def _check_row(result: CheckResult) -> dict[str, Any]:
    named = ("rule", "kind", "level", "status", "rows", "of_rows", "message")
    return {
        "table_name": result.table,
        "day": result.day.date,
        **{name: getattr(result, name) for name in named},
    }

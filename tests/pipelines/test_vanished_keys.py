"""Keys that an extraction lacks, on their way into the warehouse."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_grid import FIRST

from gridlens.pipelines.raw import raw_rows
from gridlens.slices import Manifest, SliceStore


@pytest.mark.parametrize("keys", [[], [3], [*range(1, 200_000)]])
def test_each_vanished_key_is_a_row_however_many_there_are(tmp_path: Path, keys: list[int]) -> None:
    pq.write_table(pa.table({"pandaid": pa.array(keys, pa.int64())}), tmp_path / "gone.parquet")
    manifests = [
        Manifest("jobs", FIRST, "empty", "1", gone_file="gone.parquet"),
        Manifest("files", FIRST, "empty", "1"),
    ]
    rows = raw_rows(SliceStore(tmp_path), manifests, [])["gone"]
    assert isinstance(rows, pa.Table)
    assert rows["row_key"].to_pylist() == [json.dumps({"pandaid": key}) for key in keys]
    assert rows.select(["table_name", "day"]).group_by(["table_name", "day"]).aggregate(
        []
    ).to_pylist() == ([{"table_name": "jobs", "day": FIRST.date}] if keys else [])

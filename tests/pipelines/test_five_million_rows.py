"""A day of five million transfers, by steps whose every query may hold 1 GB."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from small_grid import FIRST, KEY, ask

from gridlens.pipelines import extract, indicators, load, match, settle, validate
from gridlens.pipelines.extract import EXTRACTED, slice_store
from gridlens.settings import Settings
from gridlens.tables import TABLES, Batch
from gridlens.twin import make_days

ROWS = 5_000_000
# DuckDB's limit leaves out what its Arrow and Parquet buffers and Python itself hold.
MOST_MB = 3_000


def copies(rows: pa.Table, number: int) -> pa.Table:
    """As many transfers of other files, on the same day; of number 0 the transfers themselves."""
    suffix = pa.scalar(f".{number}" if number else "")
    for name in ("transfer_id", "lfn"):
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, pc.binary_join_element_wise(rows[name], suffix, ""))
    return rows


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of extracted slices, that of transfers with five million rows."""
    settings = Settings(home=tmp_path_factory.mktemp("large"), personal_key=KEY, memory_limit="1GB")
    make_days(settings.home, seed=7, first=FIRST, days=1, jobs_per_day=300, progress=lambda _: None)
    for table in EXTRACTED:
        extract(settings, table, FIRST)
    store = slice_store(settings)
    manifest = store.manifest("transfers", FIRST)
    assert manifest
    rows = pq.read_table(store.path(manifest))
    rows = rows.append_column("slice_day", pa.repeat(pa.scalar(FIRST.date), len(rows)))
    with store.writer(TABLES["transfers"], FIRST) as writer:
        for number in range(ROWS // len(rows) + 1):
            writer.add(Batch(copies(rows, number), (), lambda wanted: [""] * len(wanted)))
        writer.finish({})
    return settings


def run(settings: Settings) -> None:
    for step in (validate, load, match, indicators):
        step(settings, FIRST)
    settle(settings)


@pytest.mark.slow
@pytest.mark.bar(12)
def test_five_million_transfers_are_loaded_matched_and_counted_in_bounded_memory(
    large: Settings, tmp_path: Path
) -> None:
    # A process of its own, so that no other test's memory is counted.
    process = multiprocessing.get_context("spawn").Process(target=run, args=(large,))
    process.start()
    process.join()
    assert process.exitcode == 0
    [(rows,)] = ask(large, "select count(*) from core.transfers")
    assert int(str(rows)) >= ROWS
    assert ask(large, "select count(*) > 0 from core.job_transfers where exact") == [(True,)]
    [(most,)] = ask(large, "select max(peak_rss_mb) from raw.task_runs")
    assert float(str(most)) < MOST_MB
    assert not list(large.warehouse.glob("spill.*"))

"""Anomalies that are planted into a day are found in its warehouse, and little else."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_grid import FIRST, KEY, ask, run_days

from gridlens.settings import Settings
from gridlens.twin import make_days

WINDOW = "date '2025-04-01', date '2025-04-02', population := 'all'"
PLANTED_AS = {
    "sequential_staging": "sequential_staging",
    "long_transfer_failure": "long_transfer_failed",
    "dominating_transfer": "dominating_transfer",
}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of one day that is large enough for some anomalies of jobs."""
    home = tmp_path_factory.mktemp("anomalies") / "home"
    make_days(home, seed=5, first=FIRST, days=1, jobs_per_day=3_000, progress=lambda _: None)
    settings = Settings(home=home, personal_key=KEY)
    run_days(settings, [FIRST])
    return settings


def planted(home: Path, *kinds: str) -> set[str]:
    rows = pq.read_table(home / "truth" / f"faults-{FIRST}.parquet").to_pylist()
    return {row["key"] for row in rows if row["kind"] in kinds}


def found(settings: Settings, kind: str, key: str) -> set[str]:
    rows = ask(settings, f"select {key} from mart.anomalies({WINDOW}) where kind = '{kind}'")
    return {str(value) for (value,) in rows}


@pytest.mark.parametrize("kind", PLANTED_AS)
def test_jobs_that_waited_for_their_input_are_found(day: Settings, kind: str) -> None:
    truth, told = planted(day.home, PLANTED_AS[kind]), found(day, kind, "pandaid")
    assert truth
    # waits of less than a minute are in the book, too
    assert len(truth & told) >= 2 / 3 * max(len(truth), len(told))


def test_files_that_came_twice_are_found_by_their_last_copy(day: Settings) -> None:
    copies = planted(day.home, "redundant_copy", "redundant_copy_unknown_site")
    files = {
        str(lfn)
        for lfn, transfer_id in ask(day, "select lfn, transfer_id from core.transfers")
        if transfer_id in copies
    }
    told = {url.rpartition("/")[2] for url in found(day, "redundant_transfer", "rucio_url")}
    assert files
    assert len(files & told) >= 2 / 3 * max(len(files), len(told))


def test_counts_and_advice_are_sums_over_the_anomalies(day: Settings) -> None:
    sums = "select sum({}), sum(loss_s), sum(loss_bytes) from mart.{}"
    whole = ask(day, sums.format("1", f"anomalies({WINDOW})"))
    assert ask(day, sums.format("anomalies", f"anomaly_counts({WINDOW})")) == whole
    assert ask(day, sums.format("cases", f"site_advice({WINDOW})")) == whole


def test_a_window_without_days_has_no_anomaly(day: Settings) -> None:
    assert ask(day, "select * from mart.anomalies(date '2025-05-01', date '2025-05-09')") == []

"""Drawn jobs as PanDA documents, read back through the map of PanDA's archive."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridlens.errors import InputError
from gridlens.quality import contract, judging
from gridlens.sources import read_files
from gridlens.twin.documents.workload import write_workload

NOON = datetime(2025, 6, 2, 12)  # noqa: DTZ001 - naive is UTC here
JOB: dict[str, Any] = {
    "creationtime": NOON,
    "computingsite": "BNL",
    "project": "mc23_13p6TeV",
    "prodstep": "deriv",
    "datatype": "DAOD_PHYS",
    "ninputdatafiles": 3,
    "inputfilebytes": 3_000_000_000,
    "jobstatus": "finished",
    "workload_gflop": 36_000.0,
    "jeditaskid": 1,
    "corecount": 8,
    "nevents": 100,
    "workinggroup": "AP_REPR",
    "processingtype": "recon",
}
SPEEDS = {"BNL": 10.0, "CERN": 5.5}


def workload(*different: dict[str, Any]) -> pa.Table:
    types = {
        "creationtime": pa.timestamp("us"),
        "workload_gflop": pa.float64(),
        "project": pa.string(),
        "prodstep": pa.string(),
        "datatype": pa.string(),
        "workinggroup": pa.string(),
    }
    rows = [{**JOB, **row} for row in different]
    return pa.table({n: pa.array([r[n] for r in rows], types.get(n)) for n in JOB})


def read(path: Path) -> list[dict[str, Any]]:
    batches = read_files("panda_jobs_archived", [path], personal_key="a key of the tests alone")
    return [row for _, batch in batches for row in batch.rows.to_pylist()]


def round_trip(folder: Path, *different: dict[str, Any]) -> list[dict[str, Any]]:
    path = folder / "jobs.ndjson.gz"
    assert write_workload(workload(*different), path, SPEEDS) == len(different)
    return read(path)


def nine(row: dict[str, Any]) -> dict[str, Any]:
    """The variables of a job that was read, as the generator names and learns them."""
    block = row["proddblock"]
    cpu_s = row["cpuconsumptiontime"]
    names = ("creationtime", "computingsite", "ninputdatafiles", "inputfilebytes", "jobstatus")
    more = ("jeditaskid", "corecount", "nevents", "workinggroup", "processingtype")
    return {
        **{name: row[name] for name in (*names, *more)},
        "creationtime": row["creationtime"].replace(tzinfo=None),
        "project": row["inputfileproject"],
        "prodstep": None if block is None else block.split(":")[-1].split(".")[3],
        "datatype": row["inputfiletype"],
        "workload_gflop": None if cpu_s is None else cpu_s * SPEEDS[row["computingsite"]],
    }


def test_a_queue_without_a_speed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a core of queue 'RAL' is unknown"):
        round_trip(tmp_path, {"computingsite": "RAL"})


def test_a_speed_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a core of queue 'BNL' is 0"):
        write_workload(workload({}), tmp_path / "jobs.ndjson.gz", {"BNL": 0})


def test_a_job_of_no_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no creationtime"):
        round_trip(tmp_path, {"creationtime": None})


def test_all_variables_are_read_back_as_they_were_drawn(tmp_path: Path) -> None:
    [row] = round_trip(tmp_path, {})
    assert nine(row) == JOB


NOTHING = [
    {name: None}
    for name in ("project", "prodstep", "datatype", "inputfilebytes", "workinggroup", "jeditaskid")
]


@pytest.mark.parametrize("nothing", [*NOTHING, {"workload_gflop": None}, {"corecount": None}])
def test_what_a_drawn_job_lacks_is_null_again(tmp_path: Path, nothing: dict[str, Any]) -> None:
    [row] = round_trip(tmp_path, nothing)
    assert nine(row) == {**JOB, **nothing}


def test_no_input_bytes_are_null_as_in_all_records_of_panda(tmp_path: Path) -> None:
    [row] = round_trip(tmp_path, {"ninputdatafiles": 0, "inputfilebytes": 0})
    assert (row["ninputdatafiles"], row["inputfilebytes"]) == (0, None)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "creationtime": st.integers(0, 10**8).map(lambda s: NOON + timedelta(seconds=s)),
                "computingsite": st.sampled_from(["BNL", "CERN"]),
                "jobstatus": st.sampled_from(["finished", "failed", "cancelled", "closed"]),
                "inputfilebytes": st.none() | st.integers(1, 10**12),
                "workload_gflop": st.none() | st.floats(0, 1e9),
                "jeditaskid": st.none() | st.integers(1, 10**8),
                "datatype": st.none() | st.sampled_from(["AOD", "AOD,EVNT"]),
            }
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=20, deadline=None)
def test_any_workload_is_read_back_its_work_within_a_second_of_a_core(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    read_back = round_trip(tmp_path_factory.mktemp("any"), *rows)
    assert [row["pandaid"] for row in read_back] == list(range(1, len(rows) + 1))
    for drawn, row in zip(rows, read_back, strict=True):
        found, wanted = nine(row), {**JOB, **drawn}
        work, most = wanted.pop("workload_gflop"), SPEEDS[row["computingsite"]]
        assert found.pop("workload_gflop") == (
            None if work is None else pytest.approx(work, abs=most)
        )
        assert found == wanted


def test_cpu_and_wall_time_follow_from_the_work(tmp_path: Path) -> None:
    """36,000 GFLOP at 10 GFLOP/s are an hour of CPU: 450 s on 8 cores."""
    [row] = round_trip(tmp_path, {})
    assert row["cpuconsumptiontime"] == 3600
    assert row["starttime"] == row["creationtime"]
    assert row["endtime"] - row["starttime"] == timedelta(seconds=450)
    assert row["modificationtime"] == row["endtime"]


def test_a_job_without_work_that_did_not_finish_never_started(tmp_path: Path) -> None:
    closed, finished = round_trip(
        tmp_path,
        {"jobstatus": "closed", "workload_gflop": 0.0},
        {"jobstatus": "finished", "workload_gflop": 0.0},
    )
    assert closed["starttime"] is None
    assert closed["endtime"] == closed["creationtime"]
    assert finished["starttime"] == finished["creationtime"]


def test_a_document_says_that_it_is_synthetic_and_no_users_and_invents_no_more(
    tmp_path: Path,
) -> None:
    path = tmp_path / "jobs.ndjson.gz"
    write_workload(workload({}), path, SPEEDS, first_pandaid=77)
    assert json.loads(gzip.decompress(path.read_bytes())) == {
        "pandaid": 77,
        "jeditaskid": 1,
        "jobstatus": "finished",
        "computingsite": "BNL",
        "ninputdatafiles": 3,
        "inputfilebytes": 3_000_000_000,
        "corecount": 8,
        "nevents": 100,
        "workinggroup": "AP_REPR",
        "processingtype": "recon",
        "attemptnr": 1,
        "creationtime": "2025-06-02 12:00:00",
        "starttime": "2025-06-02 12:00:00",
        "endtime": "2025-06-02 12:07:30",
        "statechangetime": "2025-06-02 12:07:30",
        "modificationtime": "2025-06-02 12:07:30",
        "cpuconsumptiontime": 3600,
        "inputfileproject": "mc23_13p6TeV",
        "inputfiletype": "DAOD_PHYS",
        "proddblock": "mc23_13p6TeV:mc23_13p6TeV.00000001.synthetic.deriv.DAOD_PHYS.synthetic/",
        "prodsourcelabel": "synthetic",
        "produsername": "synthetic",
        "transformation": "synthetic",
    }


def test_the_contract_of_jobs_has_nothing_to_say_about_them(tmp_path: Path) -> None:
    path = tmp_path / "jobs.ndjson.gz"
    states = ["finished", "failed", "cancelled", "closed"]
    write_workload(
        workload(*({"jobstatus": s, "workload_gflop": w} for s in states for w in (0.0, 1e6))),
        path,
        SPEEDS,
    )
    with judging() as judge:
        for table, batch in read_files("panda_jobs_archived", [path], personal_key="k" * 20):
            assert judge(batch, contract(table.name)).problems == ()


def test_same_workload_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_workload(workload({}, {}), tmp_path / name, SPEEDS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

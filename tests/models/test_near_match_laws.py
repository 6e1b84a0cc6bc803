"""A pair is near where matching itself calls it Exact once the missing field is filled in."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

SITE, TASK, DATASET = "CERN-PROD", 7, "d"
TASKS = st.sampled_from([TASK, TASK, TASK, None])
FILE = st.fixed_dictionaries(
    {
        "fsize": st.sampled_from([5, 5, 5, None]),
        "bytes": st.sampled_from([5, 5, 5, 6, None]),
        "jeditaskid": TASKS,
    }
)
TRANSFER = st.fixed_dictionaries(
    {
        "file": st.integers(0, 2),
        "jeditaskid": TASKS,
        "dataset_name": st.sampled_from([DATASET, DATASET, DATASET, "other", None]),
        "dst_site": st.sampled_from([SITE, SITE, SITE, "BNL-ATLAS", None]),
        "started_at": st.sampled_from([f"{DAY} 02:00:00"] * 4 + [f"{DAY} 09:00:00"]),
    }
)


@settings(max_examples=20, deadline=None)
@given(
    files=st.lists(FILE, min_size=3, max_size=3),
    transfers=st.lists(TRANSFER, min_size=1, max_size=4),
    total=st.sampled_from([5, 10, 15, None]),
    task=TASKS,
)
def test_a_pair_is_near_if_the_field_makes_it_exact(
    files: list[Row],
    transfers: list[Row],
    total: int | None,
    task: int | None,
    column_types: Mapping[str, Types],
) -> None:
    rows = grid(files, transfers, total, task)
    before = exact(rows, column_types)
    expected = {
        (field, transfer)
        for field, better in filled(rows).items()
        for transfer in exact(better, column_types) - before
    }
    pairs = [{"job_day": DAY, "pandaid": 1, "transfer_id": t, "started_day": DAY, "exact": True}
             for t in before]  # fmt: skip
    near = ask("mart.near_matches", rows | {"core.job_transfers": pairs}, column_types)
    assert {(row["missing_field"], row["transfer_id"]) for row in near} == expected


def grid(
    files: list[Row], transfers: list[Row], total: int | None, task: int | None
) -> dict[str, list[Row]]:
    job = {
        "job_day": DAY,
        "pandaid": 1,
        "jeditaskid": task,
        "site": SITE,
        "creationtime": f"{DAY} 01:00:00",
        "endtime": f"{DAY} 09:00:00",
        "inputfilebytes": total,
    }
    of_job = {"job_day": DAY, "pandaid": 1, "type": "input"}
    return {
        "core.jobs": [job],
        "core.files": [
            of_job
            | {"lfn": f"f{n}", "dataset_name": DATASET}
            | {name: file[name] for name in ("fsize", "jeditaskid")}
            for n, file in enumerate(files)
        ],
        "core.transfers": [
            {
                "transfer_id": str(n),
                "started_day": DAY,
                "direction": "download",
                "activity": "Analysis Download",
                "lfn": f"f{transfer['file']}",
                "bytes": files[transfer["file"]]["bytes"],
                **{name: value for name, value in transfer.items() if name != "file"},
            }
            for n, transfer in enumerate(transfers)
        ],
    }


def filled(rows: dict[str, list[Row]]) -> dict[str, dict[str, list[Row]]]:
    """The same rows with one field filled in wherever it is missing, by field."""
    transfers, files, (job,) = rows["core.transfers"], rows["core.files"], rows["core.jobs"]
    sizes = {file["lfn"]: file["fsize"] for file in files}
    bytes_ = {transfer["lfn"]: transfer["bytes"] for transfer in transfers}
    known = {"jeditaskid": TASK, "dataset_name": DATASET, "dst_site": SITE}
    better = {
        f"transfers.{name}": {"core.transfers": [with_default(t, name, value) for t in transfers]}
        for name, value in known.items()
    }
    better["transfers.bytes"] = {
        "core.transfers": [with_default(t, "bytes", sizes[t["lfn"]]) for t in transfers]
    }
    better["files.fsize"] = {
        "core.files": [with_default(f, "fsize", bytes_.get(f["lfn"])) for f in files]
    }
    better["files.jeditaskid"] = {
        "core.files": [with_default(f, "jeditaskid", TASK) for f in files]
    }
    better["jobs.jeditaskid"] = {"core.jobs": [with_default(job, "jeditaskid", TASK)]}
    of_task = {f["lfn"] for f in files if f["jeditaskid"] == job["jeditaskid"] == TASK}
    linked = {
        t["lfn"]
        for t in transfers
        if all(t[name] == value for name, value in known.items())
        and t["lfn"] in of_task
        and t["bytes"] == sizes[t["lfn"]]
        and t["started_at"] < job["endtime"]
    }
    got = sum(sizes[lfn] or 0 for lfn in linked)
    better["jobs.inputfilebytes"] = {"core.jobs": [with_default(job, "inputfilebytes", got)]}
    return {field: rows | change for field, change in better.items()}


def with_default(row: Row, name: str, value: object) -> Row:
    return row | {name: value if row[name] is None else row[name]}


def exact(rows: dict[str, list[Row]], types: Mapping[str, Types]) -> set[str]:
    found = ask("core.job_transfers", rows, types)
    return {row["transfer_id"] for row in found if row["exact"]}

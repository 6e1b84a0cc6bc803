"""Where a job's file lay, against an oracle that asks every transfer for every job."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

SITES = st.sampled_from(["A", "B", "C", None])
HOURS = st.one_of(st.none(), st.integers(10, 14).map(lambda hour: f"{DAY} {hour}:00:00"))
JOB = st.fixed_dictionaries({"site": SITES, "starttime": HOURS.filter(bool)})
TRANSFER = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["download", "upload", None]),
        "lfn": st.sampled_from(["f", "f", "other"]),
        "src_site": SITES,
        "dst_site": SITES,
        "ended_at": HOURS,
    }
)


@settings(max_examples=40, deadline=None)
@given(jobs=st.lists(JOB, max_size=3), transfers=st.lists(TRANSFER, max_size=5))
def test_a_file_is_local_where_some_transfer_shows_it_in_time(
    jobs: list[Row], transfers: list[Row], column_types: Mapping[str, Types]
) -> None:
    file = {"scope": "mc", "lfn": "f"}
    of_job = [{"job_day": DAY, "pandaid": n} for n, _ in enumerate(jobs)]
    given_rows = {
        "core.jobs": [key | job for key, job in zip(of_job, jobs, strict=True)],
        "core.files": [key | file | {"type": "input", "fsize": 5} for key in of_job],
        "core.transfers": [
            file | {"started_day": DAY, "transfer_id": str(n), "bytes": 5} | transfer
            for n, transfer in enumerate(transfers)
        ],
    }
    rows = ask("mart.job_input_accesses", given_rows, column_types)
    found = {row["pandaid"]: (row["local_reads"], row["remote_reads"]) for row in rows}
    assert found == {n: reads(job, transfers) for n, job in enumerate(jobs)}


def reads(job: Row, transfers: list[Row]) -> tuple[int, int]:
    """Files read locally and remotely: one file, of which both may be unknown."""
    sites = {site for transfer in transfers for site in shown(transfer, job["starttime"])}
    if job["site"] is None or not sites:
        return 0, 0
    return (1, 0) if job["site"] in sites else (0, 1)


def shown(transfer: Row, needed_at: str) -> set[str]:
    """Sites at which a transfer shows the file ``f`` by then; times of a day compare as text."""
    sites = set()
    if transfer["direction"] != "upload":
        sites.add(transfer["src_site"])
    in_time = transfer["ended_at"] is not None and transfer["ended_at"] <= needed_at
    if transfer["direction"] != "download" and in_time:
        sites.add(transfer["dst_site"])
    return sites - {None} if transfer["lfn"] == "f" else set()

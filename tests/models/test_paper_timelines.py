"""The paper's three case studies, from records through the matching to the timeline.

Sizes, throughputs, lengths and shares are the paper's (Fig. 10 to 12, Table 3); times of day and
what it does not print are made up to fit them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from model_files import DAY, Row, Types, ask

CREATED = datetime(2025, 4, 1, 10)  # noqa: DTZ001 - naive is UTC here
CERN = "CERN-PROD"


def job(queue_s: int, wall_s: int, sizes: Sequence[int], **more: object) -> Row:
    started = CREATED + timedelta(seconds=queue_s)
    return {
        "job_day": DAY,
        "pandaid": 1,
        "jeditaskid": 7,
        "creationtime": CREATED,
        "starttime": started,
        "endtime": started + timedelta(seconds=wall_s),
        "queue_s": queue_s,
        "wall_s": wall_s,
        "site": CERN,
        "inputfilebytes": sum(sizes),
        "jobstatus": "finished",
        "is_user_job": True,
        **more,
    }


def inputs(sizes: Sequence[int]) -> list[Row]:
    return [
        {
            "job_day": DAY,
            "pandaid": 1,
            "jeditaskid": 7,
            "type": "input",
            "scope": "mc",
            "lfn": f"file{n}",
            "dataset_name": "mc:data",
            "fsize": size,
        }
        for n, size in enumerate(sizes)
    ]


def download(name: str, file: int, size: int, start_s: int, length_s: int, to: str | None) -> Row:
    """A download from CERN that begins so many seconds after the job's creation."""
    begin = CREATED + timedelta(seconds=start_s)
    return {
        "transfer_id": name,
        "started_day": begin.date(),
        "started_at": begin,
        "ended_at": begin + timedelta(seconds=length_s),
        "duration_s": length_s,
        "jeditaskid": 7,
        "activity": "Analysis Download",
        "scope": "mc",
        "lfn": f"file{file}",
        "dataset_name": "mc:data",
        "bytes": size,
        "src_site": CERN,
        "dst_site": to,
        "is_local": to == CERN,
    }


class Story:
    """A job with its files and transfers, and what the models make of them."""

    def __init__(
        self, one: Row, sizes: Sequence[int], transfers: list[Row], types: Mapping[str, Types]
    ) -> None:
        self.types = types
        self.base = {"core.jobs": [one], "core.transfers": transfers}
        self.pairs = ask("core.job_transfers", self.base | {"core.files": inputs(sizes)}, types)
        self.matched = self.base | {"core.job_transfers": self.pairs}
        self.times = ask("mart.job_transfer_times", self.matched, types)
        self.phases = ask("mart.transfer_phases", self.matched, types)

    def methods(self) -> dict[str, str]:
        return {row["transfer_id"]: row["method"] for row in self.phases}

    def of(self, method: str) -> Row:
        (found,) = [row for row in self.times if row["method"] == method]
        return found

    def timeline(self, of_job: str) -> list[Row]:
        given = {
            "core.jobs": self.base["core.jobs"],
            "mart.job_transfer_times": self.times,
            "mart.transfer_phases": self.phases,
        }
        return ask("mart.job_timelines", given, self.types, of_job=of_job)


@pytest.fixture
def long_staging(column_types: Mapping[str, Types]) -> Story:
    """Fig. 10: three local transfers one after the other, 328 s of the time in the queue."""
    sizes = (2_100_000_000, 4_400_000_000, 4_500_000_000)
    starts, lengths = (60, 210, 330), (150, 120, 58)
    transfers = [
        download(f"t{n}", n, sizes[n], starts[n], lengths[n], CERN) for n in range(len(sizes))
    ]
    return Story(job(395, 5000, sizes), sizes, transfers, column_types)


def test_fig_10_takes_83_percent_of_the_queue_time(long_staging: Story) -> None:
    found = long_staging.of("exact")
    assert (found["transfer_queue_s"], found["locality"]) == (328, "local")
    assert round(100 * found["queue_share_ratio"]) == 83


def test_fig_10_is_the_job_that_its_transfers_dominate_and_they_follow_each_other(
    long_staging: Story,
) -> None:
    rows = [row for row in long_staging.timeline("dominated") if row["event"] == "transfer"]
    assert [row["bytes"] / 1e9 for row in rows] == [2.1, 4.4, 4.5]
    assert [row["phase"] for row in rows] == ["in queue"] * 3
    assert all(a["ended_at"] <= b["started_at"] for a, b in pairwise(rows))
    assert not any(row["is_redundant"] for row in rows)


@pytest.fixture
def spanning(column_types: Mapping[str, Types]) -> Story:
    """Fig. 11: a failed job, one transfer of 22 s and one of over 30 min across its start."""
    sizes = (4_600_000_000, 20_500_000_000)
    transfers = [download("t0", 0, sizes[0], 40, 22, CERN)]
    transfers += [download("t1", 1, sizes[1], 62, 1850, CERN)]
    error = {"exeerrorcode": 1305, "exeerrordiag": "Non-zero return code from Overlay (1)"}
    failed = job(600, 1400, sizes, jobstatus="failed", **error)
    return Story(failed, sizes, transfers, column_types)


def test_fig_11_spans_queue_and_wall_time_and_most_of_the_jobs_life(spanning: Story) -> None:
    found = spanning.of("exact")
    assert (found["transfer_queue_s"], found["transfer_wall_s"]) == (560, 1312)
    assert (560 + 1312) / (found["queue_s"] + found["wall_s"]) > 0.9


def test_fig_11_is_found_as_the_failed_job_with_its_code(spanning: Story) -> None:
    rows = spanning.timeline("spanning")
    assert {(row["jobstatus"], row["exeerrorcode"]) for row in rows} == {("failed", 1305)}
    assert [row["phase"] for row in rows[2:]] == ["in queue", "over the start"]
    fast, slow = (row["throughput_bytes_per_s"] for row in rows[2:])
    assert fast > 10 * slow


SIZES = (5_243_410_528, 5_243_415_988, 5_242_750_540)
THROUGHPUTS = (163856579.0, 201669845.7, 158871228.5, 163856579.0, 169142451.2, 149792872.6)
LENGTHS = (32, 26, 33, 32, 31, 35)


def copied_twice(types: Mapping[str, Types], to: str | None) -> Story:
    """Fig. 12: transfers 3 to 5 before the job was made, 0 to 2 right before its start."""
    starts = (1186, 1218, 1244, -7200, -7168, -7137)
    transfers = [
        download(f"t{n}", n % 3, SIZES[n % 3], starts[n], LENGTHS[n], to if n < 3 else CERN)
        for n in range(6)
    ]
    return Story(job(1277, 3600, SIZES), SIZES, transfers, types)


def test_table_3_is_exact_for_three_and_the_rest_only_rm2(
    column_types: Mapping[str, Types],
) -> None:
    assert copied_twice(column_types, None).methods() == {
        **dict.fromkeys(("t0", "t1", "t2"), "rm2"),
        **dict.fromkeys(("t3", "t4", "t5"), "exact"),
    }


def test_table_3_is_exact_for_all_six_once_the_unknown_site_is_cern(
    column_types: Mapping[str, Types],
) -> None:
    assert set(copied_twice(column_types, CERN).methods().values()) == {"exact"}


def test_table_3_has_the_papers_throughputs(column_types: Mapping[str, Types]) -> None:
    rows = copied_twice(column_types, None).phases
    found = [row["throughput_bytes_per_s"] for row in sorted(rows, key=lambda r: r["transfer_id"])]
    assert found == pytest.approx(THROUGHPUTS, abs=0.05)


def test_fig_12_is_91_of_1277_seconds_and_moves_three_files_again(
    column_types: Mapping[str, Types],
) -> None:
    found = copied_twice(column_types, None)
    times = found.of("rm2")
    assert (times["transfer_queue_s"], times["queue_s"]) == (91, 1277)
    assert round(100 * times["queue_share_ratio"], 1) == 7.1
    rows = found.timeline("redundant")[2:]
    assert [row["is_redundant"] for row in rows] == [False] * 3 + [True] * 3
    assert [row["phase"] for row in rows] == ["before creation"] * 3 + ["in queue"] * 3
    assert sum(row["bytes"] for row in rows if row["is_redundant"]) == sum(SIZES)

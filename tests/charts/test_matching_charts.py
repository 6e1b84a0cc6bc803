"""What the charts of matched jobs and transfers make of rows with gaps in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridlens.charts import FIGURES, png, specification

NOON = datetime(2025, 4, 1, 12)  # noqa: DTZ001 - naive is UTC here
JOB = {
    "pandaid": 1,
    "computingsite": "CERN",
    "jobstatus": "failed",
    "exeerrorcode": 1305,
    "exeerrordiag": None,
}
STAGES = [
    {"event": "queue", "label": "queue time", "started_at": NOON, "ended_at": NOON, **JOB},
    {"event": "wall", "label": "wall time", "started_at": NOON, "ended_at": None, **JOB},
]


def transfer(label: str, phase: str) -> dict[str, object]:
    return {
        "event": "transfer",
        "label": label,
        "phase": phase,
        "method": "exact",
        "started_at": NOON,
        "ended_at": None,
        "bytes": None,
        "throughput_bytes_per_s": None,
        "is_redundant": False,
        **JOB,
    }


def timeline(*transfers: dict[str, object]) -> dict[str, Any]:
    chart = FIGURES["job_timeline"].chart([*STAGES, *transfers])
    assert png(chart).startswith(b"\x89PNG")
    return specification(chart)


def test_a_job_without_transfers_is_drawn_all_the_same() -> None:
    assert "job 1 at CERN, failed, error 1305: no message" in str(timeline())


def test_what_moved_before_the_job_was_made_has_an_axis_of_its_own() -> None:
    assert len(timeline(transfer("transfer 0", "in queue"))["vconcat"]) == 1
    assert len(timeline(transfer("transfer 0", "before creation"))["vconcat"]) == 2


def test_an_activity_that_the_paper_has_not_is_drawn_without_it() -> None:
    row = {"activity": "Other activities", "matched_count": 0, "total_count": 0}
    chart = FIGURES["activity_matches"].chart([row])
    assert png(chart).startswith(b"\x89PNG")
    (drawn,) = specification(chart)["layer"][0].get("data", specification(chart)["data"])["values"]
    assert (drawn["whose"], drawn["says"]) == ("this window", "none")

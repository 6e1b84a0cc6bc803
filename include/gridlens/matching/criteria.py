"""The criteria of Algorithm 1 as SQL, one line each, over the common table expressions of links.

Link criteria compare a transfer's values (``transfer_…``) with those of one file row of a job
(``file_…``); the other two look at the job as well.
"""

from __future__ import annotations

from gridlens.matching.reading import Reading
from gridlens.matching.values import fitting_kind

LINK = {
    "task_ok": "transfer_task = job_task",
    "lfn_ok": "transfer_lfn = file_lfn",
    "scope_ok": "transfer_scope is null or file_scope is null or transfer_scope = file_scope",
    "dataset_ok": "transfer_dataset = file_dataset or transfer_dataset = file_block",
    # Known exports of transfers have no block, and PanDA fills it for inputs only.
    "block_ok": "transfer_block is null or file_block is null or transfer_block = file_block",
    "kind_ok": fitting_kind("direction", "file_type"),
    "size_ok": "transfer_bytes = file_bytes",
}


def time_criteria(reading: Reading) -> dict[str, str]:
    """When the transfer may start, seen from the job."""
    before = "<" if reading.strict_before else "<="
    lookback = "true"
    if reading.lookback_days is not None:
        lookback = f"started_at >= creationtime - interval '{reading.lookback_days}' day"
    return {"lookback_ok": lookback, "before_end_ok": f"started_at {before} endtime"}


SITE = "transfer_site = job_site"


def needed_links(reading: Reading) -> tuple[str, ...]:
    """Names of the link criteria that a match needs under this reading, size left out."""
    without_size = tuple(name for name in LINK if name != "size_ok")
    if reading.require_task:
        return without_size
    return tuple(name for name in without_size if name != "task_ok")


def methods(reading: Reading) -> dict[str, str]:
    """What each method asks of a judged row."""
    relaxed = "loosely_linked" if reading.relaxed_join_drops_size else "linked"
    unknown_site = "direction is not null and transfer_site is null"
    sites = "true" if reading.rm2_sites == "any" else f"(site_ok or ({unknown_site}))"
    return {
        "exact": "linked and in_time and site_ok and sum_ok",
        "rm1": f"{relaxed} and in_time and site_ok",
        "rm2": f"{relaxed} and in_time and {sites}",
    }

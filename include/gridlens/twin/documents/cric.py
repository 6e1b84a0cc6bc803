"""The grid's map as CRIC dumps it, and a table of other names of sites."""

from __future__ import annotations

from typing import Any

from gridlens.twin.documents.clock import iso
from gridlens.twin.history.platform import Platform, Queue

Document = dict[str, Any]

# Former names, with the day from which they no longer hold (contracts: renames happen).
FORMER_NAMES = (
    ("BNL-OSG2", "BNL-ATLAS", "", ""),
    ("BU_ATLAS_Tier2", "NET2", "", "2025-04-05"),
    ("SLACXRD", "WT2", "", ""),
    ("NIKHEF", "NIKHEF-ELPROD", "", ""),
    ("CERN-EOS", "CERN-PROD", "2020-01-01", ""),
)
ALIASES = {site: alias for alias, site, first, last in FORMER_NAMES if not last}


def queue_dump(grid: Platform, midnight: int) -> Document:
    """``cric_pandaqueues.json``: a dict keyed by queue, as it stood on that day."""
    return {queue.name: _queue(queue, midnight) for queue in grid.queues}


def storage_dump(grid: Platform) -> Document:
    """``cric_ddmendpoints.json``: a dict keyed by storage element."""
    out: Document = {}
    for rse, name in sorted(grid.rse_sites.items()):
        site = grid.sites[name]
        out[rse] = {
            "name": rse,
            "site": name,
            "rc_site": name,
            "cloud": site.cloud,
            "country": site.country,
            "tier_level": site.tier_level,
            "type": rse.rpartition("_")[2],
            "state": "ACTIVE",
            "is_tape": rse.endswith("TAPE"),
            "space_total": grid.rse_terabytes[rse],
        }
    return out


def alias_lines(grid: Platform) -> list[str]:
    """``site_aliases.csv``: lower-case and former names."""
    lines = ["alias,site,source,valid_from,valid_to"]
    lines += [f"{s.lower()},{s},case,," for s in sorted(grid.sites) if s.lower() != s]
    lines += [f"{alias},{site},renamed,{a},{b}" for alias, site, a, b in FORMER_NAMES]
    return lines


def _queue(queue: Queue, midnight: int) -> Document:
    site = queue.site
    day = midnight // 86_400
    # One queue in fifty is in test on any one day, another one the next day.
    in_test = (len(queue.name) * 7 + day) % 50 == 0
    cores = 1 if "VHIMEM" in queue.name else 8
    return {
        "queue": queue.name,
        "atlas_site": site.name,
        "rc_site": site.name,
        "panda_site": queue.name,
        "cloud": site.cloud,
        "country": site.country,
        "tier": f"T{site.tier_level}",
        "tier_level": site.tier_level,
        "status": "test" if in_test else "online",
        "state": "ACTIVE",
        "type": "unified",
        "resource_type": "GRID",
        "capability": "ucore" if cores > 1 else "score",
        "corecount": cores,
        "corepower": 10 + len(queue.name) % 9 + (day % 7) / 10,
        "availablecpu": None,
        "pledgedcpu": -1,
        "maxrss": 16_000 if cores > 1 else 64_000,
        "workflow": "push" if queue.is_push else "pull_ups",
        "direct_access_lan": True,
        "direct_access_wan": site.tier_level < 2,
        "astorages": {"read_lan": [queue.datadisk], "write_lan": [queue.scratchdisk]},
        "last_modified": iso(midnight - 3_600, 0),
    }

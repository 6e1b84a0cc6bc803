"""The small grid on which the twin's history happens: sites, queues, storage and links.

Queues, storage elements and links are CGSim's (see ``data/cgsim/NOTICE``). Tier, country and cloud
of a site are ours: CGSim has none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Site:
    """A computing site and the disks that stand at it."""

    name: str
    tier_level: int
    country: str
    cloud: str


@dataclass(frozen=True)
class Queue:
    """A PanDA queue: where it stands, what it reads from, how busy it is."""

    name: str
    site: Site
    rses: tuple[str, ...]
    speed: float

    @property
    def datadisk(self) -> str:
        """Storage element that its jobs read from."""
        return self.rses[0]

    @property
    def scratchdisk(self) -> str:
        """Storage element that its jobs write to."""
        return next((rse for rse in self.rses if rse.endswith("SCRATCHDISK")), self.rses[0])

    @property
    def is_push(self) -> bool:
        """Whether input is staged before the job starts (contract: push queues)."""
        return self.site.cloud not in ("FR", "CA")


@dataclass(frozen=True)
class Link:
    """Rule-driven traffic between two sites: an activity and how often it happens."""

    src: str
    dst: str
    activity: str
    weight: int


@dataclass(frozen=True)
class Platform:
    """All that stands; nothing that happens."""

    sites: dict[str, Site]
    queues: tuple[Queue, ...]
    links: tuple[Link, ...]
    rse_sites: dict[str, str]
    rse_terabytes: dict[str, float]

    @property
    def site_disks(self) -> dict[str, str]:
        """One storage element of each site."""
        disks: dict[str, str] = {}
        for rse, site in self.rse_sites.items():
            disks.setdefault(site, rse)
        return disks


@cache
def platform() -> Platform:
    """The grid that ships with the package."""
    sites = {name: Site(name, **row) for name, row in _data("sites.json").items()}
    rows = _data("cgsim/queues.json")
    queues = tuple(
        Queue(name, sites[row["site"]], tuple(sorted(row["rses"], key=_disk_first)), row["speed"])
        for name, row in rows.items()
    )
    return Platform(
        sites=sites,
        queues=queues,
        links=tuple(Link(*row) for row in _data("cgsim/links.json")),
        rse_sites={rse: queue.site.name for queue in queues for rse in queue.rses},
        rse_terabytes={rse: size for row in rows.values() for rse, size in row["rses"].items()},
    )


def _disk_first(rse: str) -> tuple[bool, str]:
    return (not rse.endswith("DATADISK"), rse)


def _data(name: str) -> Any:
    return json.loads(files("gridlens.twin").joinpath("data", name).read_text("utf-8"))

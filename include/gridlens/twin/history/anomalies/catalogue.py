"""Every anomaly that is planted into a history: what its key is, and what it is.

An anomaly happened; a fault of the metadata (``faults/catalogue.py``) is only how it was written
down. Both stand in the book of the day, as kind, table and key. "Paper": the data-management paper.
"""

from __future__ import annotations

from collections.abc import Mapping

# Kind, table and key, as the book has them.
Note = tuple[str, str, str]

# Of all jobs, how many are planted, on jobs whose trail is whole; at least one a day where a job is
# fit. A job that came out like that by chance is noted too, where matching can follow its trail.
STAGING_RATES: Mapping[str, float] = {
    # Its files came strictly one after the other, one of them many times faster than the others,
    # and filled more than 3/4 of its queue time (paper, Fig. 10).
    "sequential_staging": 3 / 14_000,
    # It failed, and one transfer that began while it was queued and ended while it ran took more
    # than 3/4 of its life (paper, Fig. 11).
    "long_transfer_failed": 1 / 14_000,
    # It finished, and its transfers, side by side, took more than 3/4 of its queue or wall time.
    "dominating_transfer": 2 / 14_000,
}

# One a day; the key is SOURCE>DESTINATION, both sites. They are of replication rules' traffic.
LINK_KINDS: Mapping[str, str] = {
    "slow_link": "for six hours its throughput is 20 to 100 times below the usual",
    "failing_link": "for six hours most transfers fail one to three times, with one reason",
    "asymmetric_link": "as many transfers each way, and this way more than 10 times the bytes",
}

# One a day of each site; the key of a site is its name.
SITE_KINDS: Mapping[str, str] = {
    "hot_site": "jobs for twelve hours come in two; they start at the usual pace, hours later",
    "idle_site": "of the same tier, and starts its jobs within minutes in the same hours",
    # The key is the job.
    "idle_remote_capacity": "a job that waited at the hot site, which has its data",
}

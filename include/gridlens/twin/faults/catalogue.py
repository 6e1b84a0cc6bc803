"""Every fault that is planted: its name, its rate and the motive, in two tables of data.

Motives: M1 "collection is error-prone, raw data of uncertain quality", M2 "several sources with
formats that nobody coordinates", M3 "no error-free guarantee even where both systems know the job"
(data-management paper, sec. 5.5); C: pitfalls seen in real records. What happens on the grid
itself is in ``history/anomalies/catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

# What becomes of the metadata trail between a started user job and its input transfers. The
# rates bring Tables 1 and 2 to the paper's shape: of the transfers that know their task, few can
# be matched. The last one takes the rest.
FATES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "download": (
        ("intact", 0.0135),
        ("partial", 0.0021),  # M1: one transfer, or one of the job's bytes, is not recorded
        ("site_unknown", 0.0106),  # M1: the destination is UNKNOWN, as in the paper's Table 3
        ("site_neighbour", 0.00026),  # M3: another site is recorded at both ends
        ("files_missing", 0.0600),  # M1: the job's input rows are missing from the files
        ("dataset_differs", 0.0350),  # M2: the trace names a dispatch dataset
        ("size_differs", 0.0200),  # M1: the size is missing, 0 or not exact to the byte
        ("task_differs", 0.0120),  # M3: the trace carries the task that this one follows
        ("started_late", 0.0070),  # M1: a clock is wrong, the transfer begins after the job's end
        ("task_missing", 0.2500),  # M3: the trace has no task
        ("lost", 0.0),  # M1: the traces never reached the index
    ),
    "direct": (
        ("intact", 0.0066),
        ("partial", 0.0010),
        ("site_unknown", 0.0071),
        ("site_neighbour", 0.00011),
        ("files_missing", 0.1200),
        ("dataset_differs", 0.0700),
        ("size_differs", 0.0400),
        ("task_differs", 0.0250),
        ("started_late", 0.0140),
        ("task_missing", 0.2800),
        ("lost", 0.0),
    ),
}
INTACT = "intact"
# With these, exact or relaxed matching still finds transfers of the job.
TRACEABLE = frozenset({INTACT, "partial", "site_unknown", "site_neighbour"})
UPLOAD_KEPT = 0.53  # of the jobs whose downloads are intact and local
UPLOAD_LATE = 0.04  # of those, uploads that begin after the job's end
COPIES: Mapping[str, float] = {
    "redundant_copy_unknown_site": 0.06,  # of intact local downloads (paper, Fig. 12)
    "redundant_copy": 0.02,
}

# What happens to single documents: share of the documents of the table that it can happen to.
TRANSFER_FAULTS: Mapping[str, float] = {
    "site_spelled_unknown": 0.03,  # C1: the storage element still tells the site
    "site_alias": 0.02,  # C2: lower case, former names
    "storage_as_site": 0.01,  # C1
    "bytes_missing": 0.01,  # C4
    "attempt_failed": 0.02,  # C8: an extra row with a reason, then the good one
    "pending_states": 0.02,  # C7: queued and submitted, with the same id
    "duplicate": 0.005,  # C7: indexed twice
    "late": 0.003,  # C7: written a day or two later
    "odd_type": 0.001,  # C6
    "duration_missing": 0.01,  # C4: -1 stands for no duration
}
JOB_FAULTS: Mapping[str, float] = {
    "duplicate": 0.003,  # C7: the record is written again, newer
    "moved": 0.02,  # C7: an older record ends on the day before; of those that ran then
    "late": 0.003,
    "odd_type": 0.001,
    "times_out_of_order": 0.002,  # C3: started before it was created
    "queue_unknown": 0.003,  # C2: the queue is gone from CRIC
    "output_capped": 0.0005,  # C4: PanDA's cap of 99,999,999,999 bytes
}
FILE_FAULTS: Mapping[str, float] = {
    "size_missing": 0.005,  # C4
    "duplicate": 0.001,
    "late": 0.003,
    "odd_type": 0.0005,
}
UNKNOWN_SPELLINGS = ("UNKNOWN", "unknown", "", None, "Unknown ")
ODD_VALUES: tuple[object, ...] = ("abc", 1.5, {"value": 12}, "12,5", [7], True)

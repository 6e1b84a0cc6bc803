"""What the data-management paper published, to be held against ours.

"Data Management System Analysis for Distributed Computing Workloads", sec. 5.1 and 5.2: user jobs
that ended and transfers that started from 2025-04-01 to 2025-04-09.
"""

from __future__ import annotations

TABLE_1 = {
    "Analysis Download": (14_811, 176_694),
    "Analysis Upload": (2_919, 3_059),
    "Analysis Download Direct IO": (12_650, 548_712),
    "Production Upload": (0, 824_963),
    "Production Download": (0, 31_801),
    "Total": (30_380, 1_585_229),
}
"""Transfers matched exactly, and all with a task, by activity."""

TABLE_2A = {
    "exact": (28_579, 1_801, 30_380),
    "rm1": (35_065, 1_817, 36_882),
    "rm2": (36_320, 24_273, 60_593),
}
"""Matched transfers by method: local, remote, total."""

TABLE_2B = {
    "exact": (7_649, 258, 0, 7_907),
    "rm1": (8_763, 260, 0, 9_023),
    "rm2": (8_727, 7_662, 112, 16_501),
}
"""Jobs with matched transfers by method: all local, all remote, mixed, total."""

TRANSFERS = 1_585_229
"""Transfers with a task."""

JOBS = 966_453
"""User jobs."""

MEAN_SHARE, GEOMETRIC_MEAN_SHARE = 0.0843, 0.01942
"""Share of an exactly matched job's queue time with a transfer moving."""

"""The most memory that this process held, since its start or since it was last asked to forget."""

from __future__ import annotations

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"  # proc(5): resets VmHWM, the peak of the resident set


def forget_peak() -> bool:
    """Begin anew; False where the system has no such thing, and the peak stays the process's."""
    try:
        _CLEAR.write_text(_FORGET_PEAK)
    except OSError:
        return False
    return True


def peak_rss_mb() -> float:
    """Most memory held, in MB of 2^20 bytes."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

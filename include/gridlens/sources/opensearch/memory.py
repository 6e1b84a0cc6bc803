"""How a process that reads large answers gives their memory back."""

from __future__ import annotations

import ctypes
from functools import cache

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE = 2**20


@cache
def free_large_blocks_at_once() -> None:
    """Let glibc return blocks of a MB and more to the system as soon as they are free.

    By itself it learns from the first answers to keep blocks of their size, for each thread apart:
    a reading of a few answers at a time then holds 1.0 GB where it needs 0.6. Other C libraries do
    not learn so, and are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)

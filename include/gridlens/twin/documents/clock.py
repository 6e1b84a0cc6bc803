"""The forms in which the two systems write a time."""

from __future__ import annotations

from datetime import date
from functools import cache

_EPOCH = date(1970, 1, 1).toordinal()
_CLOCK = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400))
_FORMS = (("T", ""), (" ", ""), ("T", "+00:00"), ("T", "Z"))
NEVER = "1970-01-01 00:00:00"


@cache
def day_text(number: int) -> str:
    """The day that many days after 1970 began, as ``YYYY-MM-DD``."""
    return date.fromordinal(_EPOCH + number).isoformat()


def iso(seconds: int, form: int = 1) -> str:
    """A time as PanDA's exports write it; four forms occur, one document keeps to one."""
    joint, zone = _FORMS[form % 4]
    return f"{day_text(seconds // 86_400)}{joint}{_CLOCK[seconds % 86_400]}{zone}"


def epoch(seconds: int | None, in_ms: bool) -> int | None:
    """A time as MONIT writes it: whole seconds or milliseconds, record by record."""
    if seconds is None:
        return None
    return seconds * 1000 if in_ms else seconds

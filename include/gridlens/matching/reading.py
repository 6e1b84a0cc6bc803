"""How the open points of the data-management paper's Algorithm 1 are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from gridlens.errors import InputError

LONGEST_LOOKBACK_DAYS = 36_500


@dataclass(frozen=True)
class Reading:
    """One answer to every open point of the paper; the defaults are the first version, V1.

    Attributes:
        lookback_days: how many days before the job's creation a transfer may start; None is the
            paper's text, which has no such bound.
        sum_over: the sizes that the sum adds: ``files`` once each, however often they were
            transferred; every one of the ``transfers``; or ``all_files`` of the job, transferred
            or not.
        sum_after: which transfers the sum is over: those that pass ``all`` other conditions, or
            all ``candidates``, whatever their time and site.
        sum_scope: a sum for each ``direction`` against its own total, or the ``whole`` set
            against either total.
        require_task: the transfer must carry the job's task.
        rm2_sites: RM2 keeps ``any`` site, or beside the job's own only an ``unknown`` one.
        relaxed_join_drops_size: RM1 and RM2 do not compare file sizes either.
        strict_before: a transfer that starts at the instant of the job's end is too late.
    """

    lookback_days: int | None = 7
    sum_over: str = "files"
    sum_after: str = "all"
    sum_scope: str = "direction"
    require_task: bool = True
    rm2_sites: str = "any"
    relaxed_join_drops_size: bool = False
    strict_before: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            _written(field.name, getattr(self, field.name))

    @classmethod
    def parse(cls, items: Sequence[str]) -> Reading:
        """Read ``key=value`` items, as the command line and the stored text have them.

        Raises:
            InputError: an item has another form, or a key or value is unknown or comes twice.
        """
        values: dict[str, Any] = {}
        for item in items:
            key, equals, text = (part.strip() for part in item.partition("="))
            if not equals or key not in ALLOWED:
                raise InputError(f"reading '{item}' is unknown: write key=value, {_known()}")
            if key in values:
                raise InputError(f"reading '{key}' is given twice: give it once")
            values[key] = _value(key, text)
        return replace(cls(), **values)

    def text(self) -> str:
        """All keys and values in a fixed order, as stored with results; `parse` reads it."""
        return " ".join(f"{f.name}={_written(f.name, getattr(self, f.name))}" for f in fields(self))


_YES_NO = {"yes": True, "no": False}
ALLOWED: dict[str, dict[str, Any]] = {
    "lookback_days": {"none": None},
    "sum_over": {v: v for v in ("files", "transfers", "all_files")},
    "sum_after": {v: v for v in ("all", "candidates")},
    "sum_scope": {v: v for v in ("direction", "whole")},
    "require_task": _YES_NO,
    "rm2_sites": {v: v for v in ("any", "unknown")},
    "relaxed_join_drops_size": _YES_NO,
    "strict_before": _YES_NO,
}


def reading_help() -> str:
    """One line a key: its values, default first."""
    lines = []
    for key in ALLOWED:
        default = _written(key, getattr(V1, key))
        others = [value for value in _values(key) if value != default]
        lines.append(f"{key}={'|'.join((default, *others))}")
    return "\n".join(lines)


def _values(key: str) -> tuple[str, ...]:
    numbers = ("a number of days",) if key == "lookback_days" else ()
    return (*numbers, *ALLOWED[key])


def _known() -> str:
    return "where key is one of " + ", ".join(ALLOWED)


def _value(key: str, text: str) -> Any:
    if text in ALLOWED[key]:
        return ALLOWED[key][text]
    # int() would also take signs, blanks, underscores and other scripts' digits.
    if key == "lookback_days" and text.isascii() and text.isdigit() and len(text) < 10:
        days = int(text)
        _written(key, days)
        return days
    raise _refused(key, text)


def _written(key: str, value: object) -> str:
    for text, allowed in ALLOWED[key].items():
        if value is allowed or (isinstance(value, str) and value == allowed):
            return text
    is_days = key == "lookback_days" and isinstance(value, int) and not isinstance(value, bool)
    if is_days and isinstance(value, int) and 0 <= value <= LONGEST_LOOKBACK_DAYS:
        return str(value)
    raise _refused(key, value)


def _refused(key: str, value: object) -> InputError:
    allowed = ", ".join(_values(key))
    return InputError(f"reading {key}={value} is unknown: {key} is one of {allowed}")


V1 = Reading()

"""One column of one document, read slowly and literally, to hold the SQL against."""

import math
import re
from datetime import datetime, timedelta
from typing import Any

from gridlens.tables import Column

SENTINELS = {"", "null", "none", "nan", "unknown"}
EPOCH = datetime.fromisoformat("1970-01-01")
EARLIEST = datetime.fromisoformat("1990-01-01")
LATEST = datetime.fromisoformat("2100-01-01")


class Malformed(Exception):
    """The value is given and cannot be taken."""


def read_value(column: Column, given: Any) -> Any:
    """The canonical value of what ``json.loads(..., parse_float=str)`` gave for the field."""
    if given is None:
        return None
    if isinstance(given, dict | list):
        raise Malformed
    text = str(given).lower() if isinstance(given, bool) else str(given)
    text = text.strip(" \t\r\n")
    if "\0" in text:
        raise Malformed
    if text.lower() in SENTINELS:
        return None
    return {"BIGINT": _whole, "DOUBLE": _real, "TIMESTAMP": _time, "VARCHAR": lambda _, t: t}[
        column.type
    ](column, text)


def _whole(column: Column, text: str) -> int | None:
    if re.fullmatch(r"[+-]?[0-9]+", text):
        value = int(text)
    elif re.fullmatch(r"[+-]?[0-9]+(\.0*|(\.[0-9]*)?[eE][+-]?[0-9]+)", text):
        number = float(text)
        if math.isinf(number) or number != math.trunc(number) or abs(number) >= 2**53:
            raise Malformed
        value = int(number)
    else:
        raise Malformed
    if not -(2**63) <= value < 2**63:
        raise Malformed
    if value in column.missing:
        return None
    if column.minimum is not None and value < column.minimum:
        raise Malformed
    return value


def _real(column: Column, text: str) -> float | None:
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        raise Malformed
    value = float(text)
    if math.isinf(value):
        raise Malformed
    return None if value in column.missing else value


def _time(_: Column, text: str) -> datetime | None:
    try:
        value = _instant(text)
    except (ValueError, OverflowError):
        raise Malformed from None
    if value == EPOCH:
        return None
    if not EARLIEST <= value < LATEST:
        raise Malformed
    return value


def _instant(text: str) -> datetime:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text):
        number = float(text)
        if abs(number) < 1e11:
            return EPOCH + timedelta(microseconds=round(number * 1e6))
        if abs(number) < 1e14:
            return EPOCH + timedelta(microseconds=round(number * 1e3))
        if abs(number) < 1e17:
            return EPOCH + timedelta(microseconds=round(number))
        if abs(number) < 9e18:
            return EPOCH + timedelta(microseconds=math.trunc(number / 1e3))
        raise ValueError
    if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
        return _iso(text)
    if "/" in text:
        return _us(text)
    raise ValueError


def _iso(text: str) -> datetime:
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
        r"(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?",
        text,
    )
    if not match:
        raise ValueError
    day, minute, second, fraction, zone = match.groups()
    value = datetime.fromisoformat(f"{day} {minute or '00:00'}:{second or '00'}")
    value += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    if zone and zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        value += -offset if zone[0] == "+" else offset
    return value


def _us(text: str) -> datetime:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?)?", text)
    if not match:
        raise ValueError
    month, day, year, hour, minute, second = (int(g or 0) for g in match.groups())
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")

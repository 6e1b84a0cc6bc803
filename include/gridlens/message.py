"""What people are told, safe to put into a mail's head or a log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LONGEST_SUBJECT = 150
Values: TypeAlias = Mapping[str, str | None]

# Ends of line other than our own, and what no mail can carry: they come with data, as field names.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class Message:
    """What a person is told.

    Attributes:
        subject: one line; ends of line and other control characters are taken out of it.
        text: the whole, for people.
        alerts: the same for machines, one object an alert.
    """

    subject: str
    text: str
    alerts: Sequence[Values] = ()

    def __post_init__(self) -> None:
        line = " ".join(_CONTROL.sub(" ", self.subject).split())
        object.__setattr__(self, "subject", line[:LONGEST_SUBJECT])
        object.__setattr__(self, "text", _CONTROL.sub(" ", self.text))

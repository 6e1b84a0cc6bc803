"""What a day of a table was made from, and whether that still holds. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

State = Literal["complete", "edge"]


@dataclass(frozen=True, order=True)
class Input:
    """One day of a table that another was made from.

    Attributes:
        table: ``raw.jobs``, ``core.transfers``, …
        day: None for a table that has no day.
        checksum: of its rows then; None: that day was missing.
    """

    table: str
    day: date | None
    checksum: str | None


@dataclass(frozen=True)
class ComputedDay:
    """The record of one computed day of a table.

    Attributes:
        table: with its schema.
        day: the day that was computed.
        state: ``edge`` where a day that it looks back on was not there.
        inputs: all that it was made from, neighbours included.
        model_fingerprint: of the SELECT that made it.
        reading: open points of the method as they were decided, as text; empty where none.
        rows: how many it holds.
        checksum: of its rows.
        snapshot: state of the lake that it was computed from; it is not loaded over what another
            attempt has loaded since.
    """

    table: str
    day: date
    state: State
    inputs: tuple[Input, ...]
    model_fingerprint: str
    reading: str
    rows: int
    checksum: str
    snapshot: int

    @property
    def inputs_text(self) -> str:
        """The inputs as JSON, in an order that does not depend on how they were found."""
        listed = sorted((i.table, str(i.day or ""), i.checksum or "") for i in self.inputs)
        return json.dumps(listed, separators=(",", ":"))

    @property
    def inputs_fingerprint(self) -> str:
        """Changes when any input does."""
        return hashlib.sha256(self.inputs_text.encode()).hexdigest()[:16]

    @staticmethod
    def parse_inputs(text: str) -> tuple[Input, ...]:
        """The inputs back from their JSON."""
        return tuple(
            Input(table, date.fromisoformat(day) if day else None, checksum or None)
            for table, day, checksum in json.loads(text)
        )


def stale(
    recorded: ComputedDay | None,
    current_inputs: Iterable[Input],
    model_fingerprint: str,
    reading: str = "",
) -> str | None:
    """Why the day must be computed again, in words; None when it need not."""
    if recorded is None:
        return "never computed"
    if recorded.model_fingerprint != model_fingerprint:
        return "its SELECT has changed"
    if recorded.reading != reading:
        return f"its reading has changed from '{recorded.reading}' to '{reading}'"
    then = {(i.table, i.day): i.checksum for i in recorded.inputs}
    now = {(i.table, i.day): i.checksum for i in current_inputs}
    changes = (
        _change(*key, then.get(key), now.get(key))
        for key in sorted({*then, *now}, key=lambda k: (k[0], str(k[1])))
    )
    return next((change for change in changes if change), None)


def _change(table: str, day: date | None, then: str | None, now: str | None) -> str | None:
    if then == now:
        return None
    what = f"{table} {day}" if day else table
    if then is None:
        return f"{what} has arrived"
    return f"{what} is gone" if now is None else f"{what} has changed"

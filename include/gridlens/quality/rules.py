"""What a contract says: rules for rows and for a slice as a whole, and measures of the slice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gridlens.tables import Table


@dataclass(frozen=True)
class RowRule:
    """A rule that each row is held against.

    Attributes:
        name: the flag that a tripping row carries.
        when: SQL over the table's columns and ``slice_day``; only true trips the rule.
        then: ``flag`` keeps the row, ``quarantine`` keeps it aside.
        because: why the rule is there.
        field: the column at fault; only quarantine rules have one.
    """

    name: str
    when: str
    then: Literal["flag", "quarantine"]
    because: str
    field: str = ""

    @property
    def reason(self) -> str:
        """What stands in the quarantine as the reason."""
        return f"{self.name}: {self.because}"


@dataclass(frozen=True)
class TableRule:
    """A rule that the slice as a whole is held against.

    Attributes:
        name: unique within the contract.
        expect: SQL that must be true; NULL counts as false.
        level: ``fail`` stops the day before the warehouse is touched, ``warn`` only tells.
        because: why the rule is there, its threshold included.
        over: ``counts``: ``expect`` is over the manifest's numbers and ``flag('…')``;
            ``rows``: it is an aggregate over the slice's rows.
        rows: SQL over a row, true for those that a message should show.
        show_quarantine: the rows to show are the quarantined ones.
    """

    name: str
    expect: str
    level: Literal["fail", "warn"]
    because: str
    over: Literal["counts", "rows"] = "counts"
    rows: str = ""
    show_quarantine: bool = False


@dataclass(frozen=True)
class Bounds:
    """Between which values a measure should lie, both included; None: it may be any."""

    low: float | None = None
    high: float | None = None

    def hold(self, value: float) -> bool:
        """Whether the value lies between them."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __bool__(self) -> bool:
        """Whether there is a bound at all."""
        return self != Bounds()

    def __str__(self) -> str:
        """The bounds in words; empty where there are none."""
        said = (("at least", self.low), ("at most", self.high))
        return ", ".join(f"{word} {bound:g}" for word, bound in said if bound is not None)


Over = Literal["counts", "rows", "earlier", "shares", "nulls", "others"]


@dataclass(frozen=True)
class Measure:
    """A number that tells of a whole slice, with the bounds that it should keep.

    Attributes:
        name: unique within the contract, also among rules.
        meaning: what it says.
        over: what ``value`` is over. ``counts``: the manifest's numbers; ``rows``: an aggregate
            of the slice's rows; ``earlier``: the manifest's numbers, and a table ``earlier`` of
            those of the earlier days; ``others``: an aggregate of rows that may ask the tables
            of ``reads``; ``shares``: a kind for each row: the measure is the distance of the
            day's distribution from that of the earlier days; ``nulls``: the largest change of a
            column's share of NULLs, over all columns.
        value: SQL; none for ``nulls``.
        warn: outside of these the day goes on, and is told of.
        fail: outside of these the day stops before the warehouse is touched.
        because: why the bounds are these; empty where there are none.
        reads: other tables, with how many days before the day are read as well.
    """

    name: str
    meaning: str
    over: Over
    value: str = ""
    warn: Bounds = field(default_factory=Bounds)
    fail: Bounds = field(default_factory=Bounds)
    because: str = ""
    reads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    """All rules and measures of one table."""

    table: Table
    row_rules: tuple[RowRule, ...] = ()
    table_rules: tuple[TableRule, ...] = ()
    measures: tuple[Measure, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when a rule or a measure does, be it in its bounds."""
        asked = (self.row_rules, self.table_rules, self.measures)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:32]

    def flagging(self) -> tuple[RowRule, ...]:
        """The rules that flag, by name."""
        flags = (rule for rule in self.row_rules if rule.then == "flag")
        return tuple(sorted(flags, key=lambda rule: rule.name))

    def quarantining(self) -> tuple[RowRule, ...]:
        """The rules that quarantine, in the contract's order: the first that trips counts."""
        return tuple(rule for rule in self.row_rules if rule.then == "quarantine")

    def measures_over(self, over: Over) -> tuple[Measure, ...]:
        """The measures of that kind, in order."""
        return tuple(measure for measure in self.measures if measure.over == over)

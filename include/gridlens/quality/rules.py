"""What a contract says: rules for rows, and rules for a slice as a whole."""

from __future__ import annotations

from dataclasses import dataclass
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
class Contract:
    """All rules of one table."""

    table: Table
    row_rules: tuple[RowRule, ...] = ()
    table_rules: tuple[TableRule, ...] = ()

    def flagging(self) -> tuple[RowRule, ...]:
        """The rules that flag, by name."""
        flags = (rule for rule in self.row_rules if rule.then == "flag")
        return tuple(sorted(flags, key=lambda rule: rule.name))

    def quarantining(self) -> tuple[RowRule, ...]:
        """The rules that quarantine, in the contract's order: the first that trips counts."""
        return tuple(rule for rule in self.row_rules if rule.then == "quarantine")

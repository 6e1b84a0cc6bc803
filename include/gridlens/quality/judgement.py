"""All that a contract says of one slice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gridlens.errors import ContractBroken
from gridlens.quality.measure import Measured
from gridlens.quality.result import CheckResult
from gridlens.quality.rules import Contract
from gridlens.window import Day


@dataclass(frozen=True)
class Judgement:
    """The outcome of a contract on one slice.

    Attributes:
        contract: the contract, with the operator's bounds.
        day: the slice's day.
        path: the slice's Parquet file; None: the day is empty.
        rules: the outcome of each rule.
        measures: the measures, in the contract's order.
    """

    contract: Contract
    day: Day
    path: Path | None
    rules: tuple[CheckResult, ...]
    measures: tuple[Measured, ...]

    @property
    def broken(self) -> dict[str, str]:
        """What is said of each rule and measure that fails, by its name."""
        return self._messages("fail")

    def told(self, status: str) -> list[str]:
        """Rules and measures of that status, in words."""
        return [f"{name}: {message}" for name, message in self._messages(status).items()]

    def _messages(self, status: str) -> dict[str, str]:
        rules = {r.rule: r.message for r in self.rules if r.status == status}
        return rules | {m.measure.name: m.message for m in self.measures if m.status == status}

    def raise_if_broken(self, hint: str = "") -> None:
        """Stop where a rule or a measure of the slice fails.

        Args:
            hint: where to look first.

        Raises:
            ContractBroken: with table, day, all that is broken, and the first rows concerned.
        """
        broken = self.told("fail")
        if not broken:
            return
        name = self.contract.table.name
        said = "\n".join(f"  {line}" for line in broken)
        raise ContractBroken(
            f"{name} {self.day} breaks its contract; nothing was loaded.\n{said}\n{hint}"
            f"Look at {self.path or 'the source'} and its quarantine, mend the source or its "
            "field map, and extract the day again; if the data are right, change the rule in "
            f"contracts/{name}.toml, or the bounds of a measure in contracts.toml"
        )

"""May fetched days pass: one contract a table, of rules for rows and rules for the whole."""

from gridlens.quality.check import Counts, check
from gridlens.quality.contract import contract, parse_contract
from gridlens.quality.judge import judging
from gridlens.quality.result import CheckResult, raise_if_broken
from gridlens.quality.rules import Contract, RowRule, TableRule

__all__ = [
    "CheckResult",
    "Contract",
    "Counts",
    "RowRule",
    "TableRule",
    "check",
    "contract",
    "judging",
    "parse_contract",
    "raise_if_broken",
]

"""May fetched days pass: one contract a table, of rules for rows and rules for the whole."""

from gridlens.quality.check import Counts, check
from gridlens.quality.contract import contract, parse_contract
from gridlens.quality.data_docs import write_data_docs
from gridlens.quality.judge import judging
from gridlens.quality.judgement import Judgement
from gridlens.quality.measure import Measured, Surroundings, measured
from gridlens.quality.profile import Profile, profile, profile_fingerprint
from gridlens.quality.result import CheckResult
from gridlens.quality.rules import Bounds, Contract, Measure, RowRule, TableRule
from gridlens.quality.suite import EXPECTATION, NOT_MEASURED
from gridlens.quality.thresholds import contracts

__all__ = [
    "EXPECTATION",
    "NOT_MEASURED",
    "Bounds",
    "CheckResult",
    "Contract",
    "Counts",
    "Judgement",
    "Measure",
    "Measured",
    "Profile",
    "RowRule",
    "Surroundings",
    "TableRule",
    "check",
    "contract",
    "contracts",
    "judging",
    "measured",
    "parse_contract",
    "profile",
    "profile_fingerprint",
    "write_data_docs",
]

"""A contract that cannot be kept is refused when it is read."""

import pytest

from gridlens.errors import SettingsError
from gridlens.quality import contract, parse_contract
from gridlens.tables import TABLES

ROW = '[[row]]\nname = "r"\nwhen = "endtime is null"\nthen = "flag"\nbecause = "why"\n'
SLICE = '[[slice]]\nname = "s"\nexpect = "fetched > 0"\nlevel = "warn"\nbecause = "why"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("table = 'job'", "unknown table 'job'"),
        ("tabel = 'jobs'", "unknown keys: tabel"),
        ("table = ", "Invalid value"),
        (ROW + ROW, "two rules are named 'r'"),
        (ROW.replace('"why"', '" "'), "rule 'r': because is empty"),
        (ROW.replace('"r"', '"R 1"'), "rule 'R 1': a name is lower-case"),
        (ROW.replace("endtime", "entime"), "rule 'r': entime is null: Binder Error"),
        (ROW.replace("endtime is null", "endtime"), "gives TIMESTAMP, not true or false"),
        (ROW.replace('"flag"', '"drop"'), "then is 'drop', not flag or quarantine"),
        (ROW.replace('"flag"', '"quarantine"'), "field must be a column, not ''"),
        (ROW.replace("when", "if"), "missing or unknown keys: if, when"),
        (SLICE.replace("fetched", "fetchd"), "rule 's': fetchd > 0: Binder Error"),
        (SLICE.replace("fetched", "flag('x')"), "no row rule sets x"),
        (SLICE.replace('"warn"', '"stop"'), "level is 'stop', not fail or warn"),
        (SLICE + 'rows = "nothing = 1"', "rule 's': nothing = 1: Binder Error"),
        (SLICE + 'over = "days"', "over is 'days', not counts or rows"),
    ],
)
def test_wrong_contract_is_refused_with_its_place_and_reason(text, message):
    whole = text if "tab" in text else f"table = 'jobs'\n{text}"
    with pytest.raises(SettingsError) as raised:
        parse_contract(whole, "contracts/jobs.toml")
    assert str(raised.value).startswith("contracts/jobs.toml: ")
    assert message in str(raised.value)


def test_table_without_a_contract_is_refused():
    with pytest.raises(SettingsError, match="table 'nothing' has no contract"):
        contract("nothing")


@pytest.mark.parametrize("table", TABLES)
def test_every_canonical_table_has_a_contract_with_both_kinds_of_rules(table):
    found = contract(table)
    assert found.table is TABLES[table]
    assert found.row_rules
    assert any(rule.level == "fail" for rule in found.table_rules)


def test_flag_counts_can_be_part_of_an_expectation():
    found = parse_contract(
        "table = 'jobs'\n" + ROW + SLICE.replace("fetched > 0", "flag('r') < 3"), "here"
    )
    assert found.table_rules[0].expect == "flag('r') < 3"

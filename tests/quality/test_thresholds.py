"""An operator's own bounds: what they change, and what is refused."""

import pytest

from gridlens.errors import SettingsError
from gridlens.quality import Bounds, contract, contracts, parse_contract

WHY = 'because = "our grid is small"\n'
MEASURE = '[[measure]]\nname = "m"\nmeaning = "it tells"\nover = "counts"\nvalue = "accepted"\n'


def written(tmp_path, text):
    path = tmp_path / "contracts.toml"
    path.write_text(text)
    return path


def measure(rules, name):
    return next(m for m in rules.measures if m.name == name)


def test_without_the_file_the_contracts_hold(tmp_path):
    assert contracts(tmp_path / "contracts.toml")["jobs"] is contract("jobs")


def test_bounds_that_are_given_replace_those_of_the_contract_and_nothing_else(tmp_path):
    text = f"[transfers.volume_ratio]\nwarn = {{ low = 0.2 }}\nfail = {{ low = 0.01 }}\n{WHY}"
    changed = contracts(written(tmp_path, text))
    now, shipped = (measure(r, "volume_ratio") for r in (changed["transfers"], contract("jobs")))
    assert (now.warn, now.fail) == (Bounds(0.2, None), Bounds(0.01, None))
    assert now.because == "our grid is small"
    assert (now.value, now.meaning) == (shipped.value, shipped.meaning)
    assert measure(changed["jobs"], "volume_ratio") == shipped


def test_no_bounds_at_all_are_written_as_an_empty_table(tmp_path):
    rules = contracts(written(tmp_path, f"[jobs.null_shift]\nwarn = {{}}\n{WHY}"))["jobs"]
    assert not measure(rules, "null_shift").warn


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"[job.null_shift]\n{WHY}", "'job' is no table: did you mean jobs?"),
        (f"[jobs.volume]\n{WHY}", "'volume' is no measure of jobs: did you mean volume_ratio?"),
        (f"[jobs.null_shift]\nvalue = '1'\n{WHY}", "'value' is no key of measure null_shift"),
        ("[jobs.null_shift]\nwarn = { high = 1 }\n", "because is missing"),
        (f"[jobs.null_shift]\nwarn = {{ most = 1 }}\n{WHY}", "must read { low = 0.5, high = 2 }"),
        (f"[jobs.null_shift]\nwarn = {{ low = '1' }}\n{WHY}", "warn has '1', which is no number"),
        (f"[jobs.null_shift]\nwarn = {{ low = nan }}\n{WHY}", "warn has 'nan', which is no number"),
        (f"[jobs.null_shift]\nwarn = {{ low = 2, high = 1 }}\n{WHY}", "low lies above high"),
        ("jobs = 1", "must be a table, not 1"),
        ("[jobs", "Expected"),
    ],
)
def test_anything_else_is_refused_with_the_file_and_what_is_wrong(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        contracts(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MEASURE + MEASURE, "two rules are named 'm'"),
        (MEASURE.replace("accepted", "acepted"), "rule 'm': cast(acepted as double): Binder Error"),
        (MEASURE.replace("counts", "days"), "over is one of counts, rows, earlier"),
        (MEASURE.replace("it tells", " "), "meaning is empty"),
        (MEASURE + "warn = { high = 1 }\n", "because is empty"),
        (MEASURE + "reads = { job = 1 }\n", "reads no table 'job'"),
        (MEASURE.replace("counts", "shares").replace("accepted", "lower(produsername)"),
         "produsername can name a person"),
        (MEASURE.replace("counts", "nulls"), "all but nulls have a value"),
    ],
)  # fmt: skip
def test_a_wrong_measure_is_refused(text, message):
    with pytest.raises(SettingsError) as raised:
        parse_contract(f"table = 'jobs'\n{text}", "contracts/jobs.toml")
    assert message in str(raised.value)


def test_a_measure_of_several_columns_is_one_measure_each():
    text = MEASURE.replace('"m"', '"null_{column}"').replace("counts", "rows")
    text = text.replace("accepted", "count({column})") + "columns = ['reqid', 'cloud']"
    rules = parse_contract(f"table = 'jobs'\n{text}", "contracts/jobs.toml")
    assert [(m.name, m.value) for m in rules.measures] == [
        ("null_reqid", "count(reqid)"),
        ("null_cloud", "count(cloud)"),
    ]

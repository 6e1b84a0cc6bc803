"""One value of a document at a time: what it becomes, or what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest
from source_exports import lines, loaded, only

BASE = {"pandaid": 1, "endtime": "2025-04-01 00:00:00"}


def job(folder: Path, **fields: Any) -> dict[str, Any]:
    return only(loaded("panda_jobs_archived", lines(folder / "jobs.ndjson", BASE | fields)))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (1.5, "'1.5' is not a whole number of 64 bits"),
        ("abc", "'abc' is not a whole number of 64 bits"),
        (True, "'true' is not a whole number of 64 bits"),
        (2**63, "'9223372036854775808' is not a whole number of 64 bits"),
        ("0x10", "'0x10' is not a whole number of 64 bits"),
        ("1_000", "'1_000' is not a whole number of 64 bits"),
        ("inf", "'inf' is not a whole number of 64 bits"),
        ({"value": 3}, "an object or a list is not a whole number of 64 bits"),
        ([3], "an object or a list is not a whole number of 64 bits"),
        (-5, "'-5' is below 0"),
    ],
)
def test_a_malformed_count_is_named_with_its_value(tmp_path: Path, given: Any, reason: str) -> None:
    row = job(tmp_path, ninputdatafiles=given)
    assert row["problem"] == ("ninputdatafiles", reason)


@pytest.mark.bar(16)
@pytest.mark.parametrize("literal", ["1e400", "Infinity", "-Infinity"])
def test_a_number_beyond_all_bounds_is_malformed(tmp_path: Path, literal: str) -> None:
    text = f'{{"pandaid": 1, "endtime": "2025-04-01", "nevents": {literal}}}'
    row = only(loaded("panda_jobs_archived", lines(tmp_path / "jobs.ndjson", text)))
    assert row["problem"][0] == "nevents"


@pytest.mark.parametrize(
    ("given", "value"),
    [(12, 12), ("12", 12), ("12.0", 12), (12.0, 12), (" 12\t", 12), ("1e3", 1000), (0, 0)],
)
def test_a_whole_number_may_come_as_text_or_float(tmp_path: Path, given: Any, value: int) -> None:
    row = job(tmp_path, nevents=given)
    assert (row["nevents"], row["problem"]) == (value, None)


@pytest.mark.parametrize("given", ["", "  ", "NULL", "None", "nan", "unknown", "UNKNOWN", None])
def test_every_way_of_not_knowing_becomes_null(tmp_path: Path, given: Any) -> None:
    row = job(tmp_path, computingsite=given, nevents=given, starttime=given)
    assert [row["computingsite"], row["nevents"], row["starttime"]] == [None, None, None]
    assert row["problem"] is None


@pytest.mark.parametrize(
    ("column", "given"), [("inputfilebytes", 0), ("inputfilebytes", "-1"), ("corecount", "0.0")]
)
def test_numbers_that_mean_not_recorded_become_null(
    tmp_path: Path, column: str, given: Any
) -> None:
    row = job(tmp_path, **{column: given})
    assert (row[column], row["problem"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("2025-01-20 18:10:40", "2025-01-20 18:10:40"),
        ("2025-01-20T18:10:40", "2025-01-20 18:10:40"),
        ("2025-01-20T18:10:40.123456", "2025-01-20 18:10:40.123456"),
        ("2025-01-20T18:10:40Z", "2025-01-20 18:10:40"),
        ("2025-01-20T18:10:40+02:00", "2025-01-20 16:10:40"),
        ("2025-01-20 18:10:40.5-0130", "2025-01-20 19:40:40.500000"),
        ("2025-01-20 18:10", "2025-01-20 18:10:00"),
        ("2025-01-20", "2025-01-20 00:00:00"),
        ("1/27/2025 2:51", "2025-01-27 02:51:00"),
        ("01/27/2025 02:51:07", "2025-01-27 02:51:07"),
        (1737396640, "2025-01-20 18:10:40"),
        (1737396640.25, "2025-01-20 18:10:40.250000"),
        ("1737396640", "2025-01-20 18:10:40"),
        (1737396640123, "2025-01-20 18:10:40.123000"),
        (1737396640123456, "2025-01-20 18:10:40.123456"),
        (1737396640123456789, "2025-01-20 18:10:40.123456"),
        ("1/27/2025 2:51PM", "2025-01-27 14:51:00"),
        ("1/27/2025 2:51:07 am", "2025-01-27 02:51:07"),
        ("2025-01-20T18:10:40z", "2025-01-20 18:10:40"),
        ("20250120T181040Z", "2025-01-20 18:10:40"),
        ("20250120T181040+0200", "2025-01-20 16:10:40"),
        ("1970-01-01 00:00:00", None),
        ("1970-01-01T01:00:00+01:00", None),
        (0, None),
    ],
)
def test_a_time_is_utc_in_whatever_form_it_comes(tmp_path: Path, given: Any, value: Any) -> None:
    row = job(tmp_path, starttime=given)
    assert (str(row["starttime"]), row["problem"]) == (str(value), None)


@pytest.mark.parametrize(
    "given",
    [
        "27/1/2025 2:51",
        "2025-02-30 00:00:00",
        "2025/01/20",
        "2025-01-20 24:00:00",
        "epoch",
        "infinity",
        "1889-01-01",
        "2100-01-01",
        "yesterday",
        12,
        1e19,
        "20251327T025100Z",
        True,
        {"$date": 1},
    ],
)
def test_a_time_in_no_known_form_is_malformed(tmp_path: Path, given: Any) -> None:
    assert job(tmp_path, starttime=given)["problem"][0] == "starttime"


@pytest.mark.parametrize(
    ("given", "reason"),
    [("soon", "'soon' is not a time in a known form"), (12, "'12' lies outside 1990 to 2100")],
)
def test_a_time_that_cannot_be_read_and_one_that_cannot_be_true_are_told_apart(
    tmp_path: Path, given: Any, reason: str
) -> None:
    assert job(tmp_path, starttime=given)["problem"] == ("starttime", reason)


@pytest.mark.bar(16)
def test_a_float_that_may_stand_for_two_numbers_is_malformed(tmp_path: Path) -> None:
    text = '{"pandaid": 9007199254740993.0, "endtime": "2025-04-01"}'
    row = only(loaded("panda_jobs_archived", lines(tmp_path / "jobs.ndjson", text)))
    assert row["problem"][0] == "pandaid"


@pytest.mark.parametrize("code", [-9, -1, 0, 1305])
def test_an_error_code_may_be_any_whole_number(tmp_path: Path, code: int) -> None:
    row = job(tmp_path, exeerrorcode=code)
    assert (row["exeerrorcode"], row["problem"]) == (code, None)


@pytest.mark.parametrize("depth", [400, 1000, 5000])
def test_a_document_too_deep_to_walk_is_a_problem_of_its_own(tmp_path: Path, depth: int) -> None:
    deep = '{"pandaid": "x", "endtime": "2025-04-01", "a": ' + "[" * depth + "]" * depth + "}"
    path = lines(tmp_path / "jobs.json", BASE, deep.replace("[", '{"a":').replace("]", "1}"), deep)
    rows = loaded("panda_jobs_archived", path)["jobs"]
    assert [r["problem"] is None for r in rows] == [True, False, False]


def test_a_text_that_looks_like_json_is_a_text(tmp_path: Path) -> None:
    row = job(tmp_path, piloterrordiag="{'code': 3}")
    assert (row["piloterrordiag"], row["problem"]) == ("{'code': 3}", None)


def test_an_object_is_not_a_text(tmp_path: Path) -> None:
    assert job(tmp_path, piloterrordiag={"code": 3})["problem"] == (
        "piloterrordiag",
        "an object or a list is not a text",
    )


def test_a_document_without_its_key_is_malformed(tmp_path: Path) -> None:
    assert job(tmp_path, pandaid="NULL")["problem"] == ("pandaid", "has no value")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"pandaid": 1, "endtime": "2025-04-0', "is not JSON"),
        ("[1, 2]", "is not an object"),
        ('{"pandaid": 1, "endtime": "2025-04-01", "gshare": "\\ud800"}', "is not JSON"),
        # Long texts, so that a message which quotes them ends amid a character of two bytes.
        (f'{{"pandaid": 1, "jobname": "{"é" * 99}", "gshare": "\\ud800"}}', "is not JSON"),
        (f'{{"pandaid": 1, "jobname": "x{"é" * 99}", "gshare": "\\ud800"}}', "is not JSON"),
        ('{"pandaid": 1, "endtime": "2025-04-01", "gshare": "a\\u0000b"}', "holds a NUL character"),
        ('{"pandaid": 1, "pandaid": 2, "endtime": "2025-04-01"}', "names a key twice"),
    ],
)
def test_an_unreadable_document_is_kept_with_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    whole = {"pandaid": 7, "endtime": "2025-04-01"}
    rows = loaded("panda_jobs_archived", lines(tmp_path / "jobs.ndjson", whole, text))["jobs"]
    assert {r["problem"] for r in rows} == {None, ("(document)", reason)}


@pytest.mark.bar(16)
def test_bytes_that_are_no_text_break_one_document_only(tmp_path: Path) -> None:
    path = tmp_path / "jobs.ndjson"
    path.write_bytes(
        b'{"pandaid": 1, "endtime": "2025-04-01", "gshare": "\xff"}\n'
        b'{"pandaid": 2, "endtime": "2025-04-01"}\n'
    )
    rows = loaded("panda_jobs_archived", path)["jobs"]
    assert sorted(str(r["problem"]) for r in rows) == ["('(document)', 'is not UTF-8')", "None"]

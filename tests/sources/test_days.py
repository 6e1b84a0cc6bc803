"""Which documents a day of a table holds: each exactly one day's."""

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from source_exports import KEY

from gridlens.errors import FieldMapError, SettingsError, SourceUnavailable
from gridlens.sources import Reading, load_config, read_day
from gridlens.sources.fieldmap import parse_map
from gridlens.tables import TABLES
from gridlens.window import Day

CONFIG = """
begins = "2025-04-01"
[[jobs]]
map = "panda_jobs_archived"
path = "exports/{day}/jobs-*.ndjson.gz"
late_days = 1
[[files]]
map = "panda_job_files"
path = "exports/{day}/files.ndjson.gz"
late_days = 1
[[queues]]
map = "cric_pandaqueues"
path = "exports/{day}/queues.json"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(CONFIG)
    return tmp_path


def export(home: Path, day: str, name: str, *documents: object) -> None:
    folder = home / "exports" / day
    folder.mkdir(parents=True, exist_ok=True)
    texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
    (folder / name).write_bytes(gzip.compress("\n".join(texts).encode()))


def day_of(home: Path, table: str, day: str, **more: Any) -> list[tuple[Any, str | None]]:
    """Key and field at fault of each row."""
    inputs = load_config(home / "sources.toml").inputs(TABLES[table])
    out = []
    for batch in read_day(TABLES[table], inputs, Day.parse(day), personal_key=KEY, **more):
        faults = {p.row: p.field for p in batch.problems}
        keys = batch.rows[TABLES[table].key[0]].to_pylist()
        out += [(key, faults.get(i)) for i, key in enumerate(keys)]
        assert set(batch.rows["slice_day"].to_pylist()) == {Day.parse(day).date}
    return out


@pytest.mark.bar(21)
def test_a_late_document_belongs_to_its_own_day(home: Path) -> None:
    export(home, "2025-04-01", "jobs-0.ndjson.gz", {"pandaid": 1, "endtime": "2025-04-01 23:59:59"})
    export(home, "2025-04-02", "jobs-0.ndjson.gz", {"pandaid": 2, "endtime": "2025-04-01 08:00:00"})
    export(home, "2025-04-02", "jobs-1.ndjson.gz", {"pandaid": 3, "endtime": "2025-04-02 00:00:00"})
    assert day_of(home, "jobs", "2025-04-01") == [(1, None), (2, None)]
    assert day_of(home, "jobs", "2025-04-02") == [(3, None)]


def test_a_document_that_says_no_day_stays_in_its_folders_day(home: Path) -> None:
    export(home, "2025-04-02", "jobs-0.ndjson.gz", {"pandaid": 1}, '{"pandaid": 2, "endt')
    assert day_of(home, "jobs", "2025-04-01") == []
    assert day_of(home, "jobs", "2025-04-02") == [(1, "endtime"), (None, "(document)")]


def test_a_day_that_nobody_would_look_for_is_a_problem_of_the_folders_day(home: Path) -> None:
    export(home, "2025-04-05", "jobs-0.ndjson.gz", {"pandaid": 1, "endtime": "2025-04-01"},
           {"pandaid": 2, "endtime": "2025-04-06"})  # fmt: skip
    assert day_of(home, "jobs", "2025-04-05") == [(1, "endtime"), (2, "endtime")]


@pytest.mark.bar(21)
def test_over_all_days_every_document_is_read_once(home: Path) -> None:
    ends = ["2025-04-01", "2025-04-02", "2025-03-01", "2026-01-01", "odd", None]
    for n, folder in enumerate(["2025-04-01", "2025-04-02", "2025-04-03"]):
        documents = [{"pandaid": 10 * n + i + 1, "endtime": e} for i, e in enumerate(ends)]
        export(home, folder, "jobs-0.ndjson.gz", *documents)
    days = [f"2025-04-0{n}" for n in range(1, 4)]
    counts = Counter(key for day in days for key, _ in day_of(home, "jobs", day))
    assert counts == Counter(10 * n + i + 1 for n in range(3) for i in range(6))


def test_files_belong_to_the_day_of_their_job(home: Path) -> None:
    jobs = pa.table({"pandaid": [1], "job_day": pa.array([date(2025, 4, 1)])})
    export(home, "2025-04-01", "files.ndjson.gz", {"pandaid": 1, "lfn": "a"}, {"pandaid": 9})
    export(home, "2025-04-02", "files.ndjson.gz", {"pandaid": "1", "lfn": "b"})
    export(home, "2025-04-01", "files.ndjson.gz", {"pandaid": 1}, {"pandaid": 9}, {"lfn": "x"})
    reading = Reading()
    rows = day_of(home, "files", "2025-04-01", jobs=jobs, reading=reading)
    assert rows == [(1, None), (None, "pandaid"), (1, None)]
    assert reading.not_selected == {"of another job": 1, "another day": 0}


def test_a_dump_belongs_to_the_day_in_its_path(home: Path) -> None:
    folder = home / "exports" / "2025-04-03"
    folder.mkdir(parents=True)
    (folder / "queues.json").write_text('{"BNL": {"atlas_site": "BNL-ATLAS"}}')
    assert day_of(home, "queues", "2025-04-03") == [("BNL", None)]
    assert day_of(home, "queues", "2025-04-02") == []


def test_a_day_without_files_is_empty_only_if_a_later_one_is_exported(home: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no export of 2025-04-01 or later under exports/"):
        day_of(home, "jobs", "2025-04-01")
    export(home, "2025-04-03", "jobs-0.ndjson.gz", {"pandaid": 1, "endtime": "2025-04-03"})
    assert day_of(home, "jobs", "2025-04-01") == []
    with pytest.raises(SourceUnavailable, match="or the folder is not mounted"):
        day_of(home, "jobs", "2025-04-04")


def test_parts_that_need_not_be_there_are_judged_with_the_others_of_their_table(home: Path) -> None:
    late = '[[jobs]]\nmap = "panda_jobs_archived"\npath = "exports/{day}/late-*.ndjson.gz"\n'
    (home / "sources.toml").write_text(late + CONFIG.replace('begins = "2025-04-01"', ""))
    export(home, "2025-04-01", "jobs-0.ndjson.gz", {"pandaid": 1, "endtime": "2025-04-01"})
    assert day_of(home, "jobs", "2025-04-01") == [(1, None)]


def test_a_path_for_all_days_without_a_file_is_unavailable(home: Path) -> None:
    (home / "sources.toml").write_text("[[jobs]]\nmap = 'panda_jobs_archived'\npath = 'all.ndjson'")
    with pytest.raises(SourceUnavailable, match=r"under all\.ndjson"):
        day_of(home, "jobs", "2025-04-01")


def test_in_a_path_for_all_days_what_names_no_job_is_kept_on_one_day(home: Path) -> None:
    text = 'begins = "2025-04-01"\n[[files]]\nmap = "panda_job_files"\npath = "all.ndjson"\n'
    (home / "sources.toml").write_text(text)
    (home / "all.ndjson").write_text('{"lfn": "no job"}\n{"pandaid": 1}\n{"pandaid": 2}\n')
    found = []
    for n in (1, 2):
        jobs = pa.table({"pandaid": [n], "job_day": pa.array([date(2025, 4, n)])})
        found.append(day_of(home, "files", f"2025-04-0{n}", jobs=jobs))
    assert found == [[(None, "pandaid"), (1, None)], [(2, None)]]


def test_the_source_says_when_it_begins_and_what_it_lacks(home: Path) -> None:
    config = load_config(home / "sources.toml")
    assert (config.begins, config.inputs(TABLES["tasks"])) == (Day.parse("2025-04-01"), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[job]]\nmap = 'x'\npath = 'y'", "'job' is not a table"),
        ("[[jobs]]\nmap = 'x'\npath = 'y'", r"\[\[jobs\]\]: map: 'x' is not a field map"),
        ("[[jobs]]\nmap = 'pilot_traces'\npath = 'y'", "does not make jobs"),
        ("[[jobs]]\npath = 'y'", "the key 'map' is missing"),
        ("[[jobs]]\nmap = 'x'\npath = 'y'\nlate = 1", "unknown key 'late'"),
        ("[[jobs]]\nmap = 'x'\npath = 'y'\nlate_days = 1", "late_days needs"),
        ("begins = 'soon'", "'soon' is not a day"),
        ("begins = 2025-04-01T00:00:00", "is not a day"),
        ("[[jobs]]\nmap = 'panda_jobs_archived'\npath = 3", "path: '3' is not a text"),
        ("[[jobs]]\nmap = 3\npath = 'y'", "map: '3' is not a text"),
        ("[[files]]\nmap = 'panda_job_files'\npath = 'all'", "`begins` is needed"),
        ("[[jobs", "is not TOML"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_config(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tables = ['jobs']\ncolour = 1", "unknown key 'colour'"),
        ("tables = ['job']", "'job' is not a table"),
        ("tables = ['jobs']\n[columns]\npanda = ['x']", "jobs has no column 'panda'"),
        ("tables = ['jobs']\nignores = ['pandaid']", "ignores 'pandaid', which a column takes"),
        ("tables = ['transfers', 'transfer_failures']", r"need an \[outcome\]"),
    ],
)
def test_a_wrong_field_map_is_named(text: str, message: str) -> None:
    with pytest.raises(FieldMapError, match=message):
        parse_map(f"name = 'm'\ndescribes = 'd'\n{text}")

"""`match_files`: people's own Parquet files, as they come."""

from datetime import UTC

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matching_rows import arrow, at, file, job, transfer

from gridlens.errors import InputError
from gridlens.matching import Reading
from gridlens.pipelines.match_files import MATCH_HELP, match_files

PAIR = {
    "pandaid": 1,
    "transfer_id": "t1",
    "exact": True,
    "rm1": True,
    "rm2": True,
    "direct": False,
    "started_before_creation": False,
    "owners": 1,
}


@pytest.fixture
def tables():
    """One exact pair, as canonical rows; tests change them before they are written."""
    rows = {"jobs": [job()], "files": [file()], "transfers": [transfer()]}
    return {name: arrow(name, given) for name, given in rows.items()}


@pytest.fixture
def run(tmp_path, tables):
    """Write the tables, match them, and read the pairs."""

    def matched(**options):
        for name, table in tables.items():
            pq.write_table(table, tmp_path / f"{name}.parquet")
        paths = (tmp_path / f"{name}.parquet" for name in ("jobs", "files", "transfers", "pairs"))
        report = match_files(*paths, **options)
        return pq.read_table(tmp_path / "pairs.parquet").to_pylist(), report

    return matched


def replaced(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


def cast(table, name, kind):
    return replaced(table, name, table[name].cast(kind))


def test_missing_column_is_named(tables, run):
    tables["files"] = tables["files"].drop_columns(["fsize"])
    with pytest.raises(InputError, match=r"files\.parquet lacks the column fsize"):
        run()


@pytest.mark.parametrize(
    ("table", "column", "kind", "message"),
    [
        ("jobs", "pandaid", pa.string(), "pandaid as VARCHAR: it must be a whole number"),
        ("files", "fsize", pa.float64(), "fsize as DOUBLE: it must be a whole number"),
        ("transfers", "transfer_id", pa.binary(), "transfer_id as BLOB: it must be a text or"),
        ("transfers", "started_at", pa.string(), "started_at as VARCHAR: it must be a time"),
        ("transfers", "started_at", pa.date32(), "started_at as DATE: it must be a time"),
    ],
)
def test_column_of_another_type_is_named(tables, run, table, column, kind, message):
    tables[table] = cast(tables[table], column, kind)
    with pytest.raises(InputError, match=message):
        run()


def test_optional_column_of_another_type_is_named(tables, run):
    tables["jobs"] = replaced(tables["jobs"], "site", pa.array([3]))
    with pytest.raises(InputError, match="site as BIGINT: it must be a text"):
        run()


@pytest.mark.parametrize(("table", "key"), [("jobs", "pandaid 1"), ("transfers", "transfer_id t1")])
def test_first_repeated_key_is_named(tables, run, table, key):
    tables[table] = pa.concat_tables([tables[table]] * 2)
    with pytest.raises(InputError, match=f"{key} in 2 rows: each must be unique"):
        run()


@pytest.mark.parametrize(("table", "key"), [("jobs", "pandaid"), ("transfers", "transfer_id")])
def test_row_without_a_key_is_refused(tables, run, table, key):
    kind = tables[table].schema.field(key).type
    tables[table] = replaced(tables[table], key, pa.nulls(1, kind))
    with pytest.raises(InputError, match=f"1 rows without {key}"):
        run()


def test_number_wider_than_64_bits_is_refused(tables, run):
    tables["files"] = replaced(tables["files"], "fsize", pa.array([2**64 - 1], pa.uint64()))
    with pytest.raises(InputError, match="has a fsize wider than 64 bits"):
        run()


def test_file_that_is_not_there_is_named(tmp_path):
    nothing = tmp_path / "none.parquet"
    with pytest.raises(InputError, match=r"jobs: there is no file .*none.parquet"):
        match_files(nothing, nothing, nothing, tmp_path / "pairs.parquet")


def test_file_of_another_kind_is_named(tmp_path):
    other = tmp_path / "jobs.csv"
    other.write_text("pandaid\n1\n")
    with pytest.raises(InputError, match=r"jobs: .*jobs.csv is not a Parquet file"):
        match_files(other, other, other, tmp_path / "pairs.parquet")


def test_output_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="give a file name in a folder that exists"):
        match_files(tmp_path, tmp_path, tmp_path, tmp_path / "none" / "pairs.parquet")


def test_two_outputs_of_one_name_are_refused(tmp_path):
    one = tmp_path / "pairs.parquet"
    with pytest.raises(InputError, match="give two names"):
        match_files(tmp_path, tmp_path, tmp_path, one, candidates=one)


def test_input_is_never_written_over(tmp_path):
    jobs = tmp_path / "jobs.parquet"
    with pytest.raises(InputError, match=r"jobs\.parquet holds the jobs: give another name"):
        match_files(jobs, tmp_path, tmp_path, tmp_path / "." / "jobs.parquet")


def test_failure_leaves_an_older_output_and_nothing_else(tmp_path, tables, run):
    (tmp_path / "pairs.parquet").write_text("older")
    tables["jobs"] = pa.concat_tables([tables["jobs"]] * 2)
    with pytest.raises(InputError):
        run()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["files.parquet", "jobs.parquet", "pairs.parquet", "transfers.parquet"]
    assert (tmp_path / "pairs.parquet").read_text() == "older"


def test_pair_is_written(run):
    pairs, report = run()
    assert pairs == [PAIR]
    assert report.numbers == {
        "pairs": 1,
        "exact": 1,
        "rm1": 1,
        "rm2": 1,
        "direct": 0,
        "jobs": 1,
        "jobs without a task or time": 0,
        "files": 1,
        "transfers": 1,
    }
    assert report.notes[0] == f"reading: {Reading().text()}"


def test_nothing_to_match_is_an_empty_file(tables, run):
    for name, table in tables.items():
        tables[name] = table.slice(0, 0)
    assert run()[0] == []


def test_pairs_are_sorted_by_both_ids(tables, run):
    transfers = [transfer(transfer_id=name, pandaid=1, lfn=None) for name in ("c", "a", "b")]
    tables["transfers"] = arrow("transfers", transfers)
    assert [pair["transfer_id"] for pair in run()[0]] == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint64()])
def test_whole_numbers_of_any_width_are_taken(tables, run, kind):
    tables["jobs"] = cast(tables["jobs"], "inputfilebytes", kind)
    tables["files"] = cast(tables["files"], "jeditaskid", kind)
    tables["transfers"] = cast(tables["transfers"], "bytes", kind)
    assert run()[0] == [PAIR]


def test_whole_decimals_are_taken(tables, run):
    tables["files"] = cast(tables["files"], "fsize", pa.decimal128(38, 0))
    assert run()[0] == [PAIR]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_precision_are_taken(tables, run, unit):
    tables["transfers"] = cast(tables["transfers"], "started_at", pa.timestamp(unit))
    tables["jobs"] = cast(tables["jobs"], "endtime", pa.timestamp(unit))
    assert run()[0] == [PAIR]


@pytest.mark.parametrize(("start", "expected"), [("02 11:59", 1), ("02 12:00", 0)])
def test_zoned_times_are_taken_as_utc(tables, run, start, expected):
    utc = at(start).replace(tzinfo=UTC)
    zoned = pa.array([utc], pa.timestamp("us", "America/New_York"))
    tables["transfers"] = replaced(tables["transfers"], "started_at", zoned)
    assert len(run()[0]) == expected


def test_column_without_any_value_has_no_type_of_its_own(tables, run):
    tables["transfers"] = replaced(tables["transfers"], "proddblock", pa.nulls(1))
    assert run()[0] == [PAIR]


def test_integer_transfer_ids_are_written_back_as_given(tmp_path, tables, run):
    ids = pa.array([7], pa.int32())
    tables["transfers"] = replaced(tables["transfers"], "transfer_id", ids)
    assert run()[0] == [{**PAIR, "transfer_id": 7}]
    assert pq.read_schema(tmp_path / "pairs.parquet").field("transfer_id").type == pa.int32()


def test_unknown_columns_and_other_order_and_case_do_not_matter(tables, run):
    tables["jobs"] = tables["jobs"].append_column("transfer_id", pa.array(["x"]))
    tables["transfers"] = tables["transfers"].append_column("job_task", pa.array([5]))
    names = tables["files"].column_names[::-1]
    tables["files"] = tables["files"].select(names)
    tables["files"] = tables["files"].rename_columns(
        [n.upper() for n in tables["files"].column_names]
    )
    assert run()[0] == [PAIR]


def test_site_of_the_job_is_its_queue_where_no_site_is_given(tables, run):
    tables["jobs"] = tables["jobs"].drop_columns(["site"])
    assert run()[0] == [{**PAIR, "exact": False, "rm1": False}]
    tables["jobs"] = replaced(tables["jobs"], "computingsite", pa.array(["CERN-PROD"]))
    assert run()[0] == [PAIR]


def test_optional_columns_may_all_be_absent(tables, run):
    tables["jobs"] = replaced(tables["jobs"], "computingsite", pa.array(["CERN-PROD"]))
    for name, optional in {
        "jobs": ["site"],
        "files": ["destinationdblock"],
        "transfers": ["proddblock", "ended_at", "pandaid"],
    }.items():
        tables[name] = tables[name].drop_columns(optional)
    assert run()[0] == [PAIR]


def test_reading_is_followed(tables, run):
    tables["transfers"] = replaced(tables["transfers"], "jeditaskid", pa.nulls(1, pa.int64()))
    assert run()[0] == []
    assert run(reading=Reading(require_task=False))[0] == [PAIR]


def test_candidates_are_written_beside_the_pairs(tmp_path, tables, run):
    tables["transfers"] = replaced(tables["transfers"], "bytes", pa.array([101]))
    pairs, report = run(candidates=tmp_path / "candidates.parquet")
    rows = pq.read_table(tmp_path / "candidates.parquet").to_pylist()
    assert pairs == []
    assert [(row["transfer_bytes"], row["file_bytes"], row["size_ok"]) for row in rows] == [
        (101, 100, False)
    ]
    assert report.numbers["candidates"] == 1


def test_jobs_that_cannot_match_are_counted(tables, run):
    tables["jobs"] = replaced(tables["jobs"], "endtime", pa.nulls(1, pa.timestamp("us")))
    assert run()[1].numbers["jobs without a task or time"] == 1


def test_paths_may_have_any_characters(tmp_path, tables):
    odd = tmp_path / "it's [1] *?.parquet"
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}{odd.name}")
    paths = (tmp_path / f"{name}{odd.name}" for name in tables)
    match_files(*paths, odd)
    assert pq.ParquetFile(odd).read().to_pylist() == [PAIR]


def test_help_names_every_column_and_reading():
    assert "lookback_days=7|a number of days|none" in MATCH_HELP
    assert "optional proddblock, ended_at, pandaid" in MATCH_HELP

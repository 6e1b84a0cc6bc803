"""What the lake is made of, and what a change of a model does to it."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tiny_lake import JOBS, MODELS, SHARES, STATUSES, a_lake, load_jobs, rows

from gridlens.errors import ModelError, NotFound
from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.tables import TABLES, Column
from gridlens.warehouse import RAW_TABLES, Lake, Model
from gridlens.warehouse.connection import connect
from gridlens.warehouse.former import VERSION
from gridlens.warehouse.matches import MATCHES
from gridlens.warehouse.view import View, check_view

STATUSES_TEXT = """-- Jobs by status.
-- grain: job_day, jobstatus
-- reads: core.jobs
-- day: job_day
-- column: job_day | day of the jobs' end
-- column: jobstatus | state
-- column: jobs | how many
"""


def statuses(select: str, more: str = "") -> Model:
    return Model.parse(STATUSES_TEXT + more + select, "mart.statuses")


def test_a_reader_of_no_warehouse_is_told_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gridlens run-day DAY"):
        Lake(tmp_path / "none", tmp_path).reader()


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("select job_day, jobstatus from core.jobs", "does not give the column jobs"),
        (
            "select job_day, jobstatus, 1 as jobs, 2 as more from core.jobs",
            "does not document the column more",
        ),
        (
            "select job_day, jobstatus, sum(pandaid) as jobs from core.jobs group by all",
            "must cast, for the next reader, the column jobs",
        ),
        ("select job_day, jobstatus, nothing as jobs from core.jobs", "does not bind"),
    ],
)
def test_a_model_whose_text_and_header_differ_changes_nothing(
    tmp_path: Path, select: str, message: str
) -> None:
    lake = a_lake(tmp_path)
    before = lake.table_checksums()
    with pytest.raises(ModelError, match=message):
        lake.initialise([JOBS, statuses(select)])
    assert lake.table_checksums() == before


def test_a_new_lake_has_every_table_of_the_ledger_and_of_the_models(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    names = {name for (name,) in rows(lake, "select table_name from duckdb_tables()")}
    assert names >= {*RAW_TABLES, "jobs", "superseded_jobs", "statuses"}
    assert rows(lake, "select * from raw.transfers") == []
    assert rows(lake, "from mart.shares(date '2025-04-01', date '2025-04-02')") == []


def test_every_table_and_column_says_what_it_is(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    silent = """select schema_name, table_name, column_name
        from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = 'lake' and duckdb_columns.comment is null"""
    assert rows(lake, silent) == []
    assert rows(lake, "select table_name from duckdb_tables() where comment is null") == []
    silent_views = """select view_name from duckdb_views()
        where database_name = 'lake' and not internal and comment is null"""
    assert rows(lake, silent_views) == []


def test_every_column_of_every_view_and_ledger_table_is_told_of_in_raw_models(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path / "warehouse", tmp_path / "slices")
    lake.initialise(models(V1).values())
    told = dict(rows(lake, "select name, cast(json_keys(columns) as varchar[]) from raw.models"))
    shown = rows(
        lake,
        "select schema_name || '.' || table_name, list(column_name order by column_index) "
        "from duckdb_columns() where database_name = 'lake' group by all",
    )
    slices = {f"raw.{name}" for name in TABLES}
    superseded = {name for name, _ in shown if str(name).startswith("core.superseded_")}
    silent = {n for n, columns in shown if told.get(n) != columns} - slices - superseded
    assert silent == set()
    assert {"mart.matches", "raw.drift_events"} <= told.keys()


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("select 1 as jobs", "see jobs"),
        ("select 1::bigint as jobs, 2 as more", "see more"),
        ("select nothing as jobs", "does not bind"),
    ],
)
def test_a_view_that_gives_other_columns_than_it_documents_is_refused(
    select: str, message: str
) -> None:
    view = View("mart.counts", "Counts.", (Column("jobs", "BIGINT", "how many"),), (), select)
    with duckdb.connect() as con, pytest.raises(ModelError, match=message):
        check_view(con, view)


def test_a_second_initialise_touches_nothing(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    before = lake.snapshot()
    assert lake.initialise(MODELS) == []
    assert lake.snapshot() == before


def test_a_new_text_with_the_same_columns_keeps_the_rows(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0)])
    text = "select job_day, jobstatus, count(pandaid) as jobs from core.jobs group by all"
    assert lake.initialise([JOBS, statuses(text), SHARES]) == []
    assert rows(lake, "select pandaid from core.jobs") == [(1,)]


@pytest.mark.bar(32)
def test_new_columns_make_a_table_anew_with_all_its_days_missing(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0)])
    wider = Model.parse(
        "-- Jobs.\n-- grain: job_day, pandaid\n-- reads: raw.jobs\n-- day: job_day\n-- like: jobs\n"
        "-- column: job_day | day\n"
        "select pandaid, jobstatus, modificationtime, cloud, job_day from raw.jobs",
        "core.jobs",
    )
    assert lake.initialise([wider, STATUSES]) == ["core.jobs"]
    assert lake.computed() == []
    assert rows(lake, "select pandaid, cloud from core.jobs") == []
    assert rows(lake, "select pandaid, cloud from core.superseded_jobs") == []


def as_if_made_by(lake: Lake, version: str | None) -> None:
    """Let the lake say that this version made all that is in it."""
    with connect(lake.place, read_only=False) as con:
        con.execute("update raw.models set gridlens_version = ?", [version])


def there(lake: Lake) -> set[object]:
    """Names in core and mart, and those that the ledger tells of."""
    return {
        name
        for (name,) in rows(
            lake,
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('core', 'mart') union all "
            "select schema_name || '.' || view_name from duckdb_views() "
            "where database_name = 'lake' and schema_name = 'mart' union all "
            "select schema_name || '.' || function_name from duckdb_functions() "
            "where database_name = 'lake' union all "
            "select name from raw.models where name not like 'raw.%' union all "
            "select table_name from raw.computed_days",
        )
    }


@pytest.mark.bar(32)
@pytest.mark.parametrize("version", [None, "0.0.9"])
def test_what_an_older_version_made_and_this_one_has_not_is_dropped(
    tmp_path: Path, version: str | None
) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0)])
    as_if_made_by(lake, version)
    before, ledger = lake.snapshot(), rows(lake, "select count(*) from raw.slices")
    lake.initialise([])
    assert there(lake) == {"mart.alerts"}  # the program's own, of no model
    assert rows(lake, "select count(*) from raw.slices") == ledger
    assert rows(lake, f"select pandaid from core.jobs at (version => {before})") == [(1,)]


@pytest.mark.parametrize("version", ["99.0.0", VERSION])
def test_what_a_newer_version_or_another_branch_made_stays(tmp_path: Path, version: str) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0)])
    as_if_made_by(lake, version)
    lake.initialise([])
    assert {"core.jobs", "core.superseded_jobs", "mart.statuses", "mart.shares"} <= there(lake)
    assert rows(lake, "select pandaid from core.jobs") == [(1,)]


def test_a_mart_that_was_a_table_and_takes_a_window_now_is_no_table_any_more(
    tmp_path: Path,
) -> None:
    lake = a_lake(tmp_path)
    as_window = replace(SHARES, name="mart.statuses")
    asked = "select count(*) from duckdb_tables() where table_name = 'statuses'"
    lake.initialise([JOBS, as_window])
    assert rows(lake, asked) == [(0,)]
    assert rows(lake, "from mart.statuses(date '2025-04-01', date '2025-04-02')") == []
    assert lake.initialise([JOBS, STATUSES]) == ["mart.statuses"]
    assert rows(lake, asked) == [(1,)]


def test_a_window_mart_filters_by_its_arguments(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0), (2, "failed", 0)])
    load_jobs(lake, tmp_path, "2025-04-02", [(3, "failed", 0)])
    first = "mart.shares(date '2025-04-01', date '2025-04-02'"
    assert rows(lake, f"from {first}) order by 1") == [("failed", 1), ("finished", 1)]
    assert rows(lake, f"from {first}, with_status := 'failed')") == [("failed", 1)]


def test_a_window_mart_whose_header_has_another_default_is_made_anew(tmp_path: Path) -> None:
    lake = a_lake(tmp_path)
    load_jobs(lake, tmp_path, "2025-04-01", [(1, "finished", 0), (2, "failed", 0)])
    argument = SHARES.arguments[0]
    only_failed = replace(SHARES, arguments=(replace(argument, default="'failed'"),))
    lake.initialise([JOBS, STATUSES, only_failed])
    asked = "from mart.shares(date '2025-04-01', date '2025-04-02')"
    assert rows(lake, asked) == [("failed", 1)]


def test_matches_hold_every_method_of_a_pair_and_one_owner_of_a_transfer(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "warehouse", tmp_path / "slices")
    lake.initialise(models(V1).values())
    with lake.reader() as con:
        asked = "select count(*) from duckdb_views() where view_name = 'matches' and comment <> ''"
        assert con.execute(asked).fetchone() == (1,)
        con.execute("use memory; create schema core")
        for name, sql in MATCHED_ROWS.items():
            con.execute(f"create table core.{name} as {sql}")
        found = con.execute(
            "select pandaid, transfer_id, exact, exact_inferred, rm2, owners, probability_ratio, "
            f"is_owner, started_before_creation from ({MATCHES.sql}) order by all"
        ).fetchall()
    assert found == [
        (1, "a", True, True, True, 2, 0.444444, True, False),
        (1, "b", False, True, True, 1, None, False, True),
        (2, "a", False, False, True, 2, 0.444444, False, False),
        (2, "c", False, False, False, 0, 0.2, True, True),
    ]


MATCHED_ROWS = {
    "job_transfers": """
        select date '2025-04-01' as job_day, date '2025-04-01' as started_day, 'V1' as reading, *
        from (values
            (1, 'a', true, true, true, false, false),
            (1, 'b', false, false, true, false, true),
            (2, 'a', false, false, true, false, false)
        ) as t (pandaid, transfer_id, exact, rm1, rm2, direct, started_before_creation)""",
    "inferred_pairs": """
        select date '2025-04-01' as job_day, 1 as pandaid, 'b' as transfer_id,
            date '2025-04-01' as started_day""",
    "link_probabilities": """
        select date '2025-04-01' as job_day, date '2025-04-01' as started_day, *
        from (values
            (1, 'a', 'wall', 2::double), (2, 'a', 'wall', 2), (2, 'c', 'before', -2)
        ) as t (pandaid, transfer_id, time_level, link_bits)""",
}

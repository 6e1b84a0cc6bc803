"""Lists of facts that stand in a SELECT."""

from __future__ import annotations

import duckdb
import pytest

from gridlens.errors import ModelError
from gridlens.warehouse.lists import with_lists


def test_a_list_that_is_not_there_is_an_error_that_names_the_file() -> None:
    with pytest.raises(ModelError, match=r"no list sql/lists/ghosts\.csv"):
        with_lists("select * from $listed_ghosts")


def test_text_without_lists_stays_as_it_is() -> None:
    assert with_lists("select 1 from core.jobs where job_day = $day") == (
        "select 1 from core.jobs where job_day = $day"
    )


@pytest.mark.parametrize(
    ("component", "code", "acronym"),
    [
        ("pilot", 1305, "PAYLOADEXECUTIONFAILURE"),
        ("pilot", 1361, "REMOTEFILECOULDNOTBEOPENED"),
        ("exe", 65, "TRF_EXEC_FAIL"),
        ("jobdispatcher", 100, "WATCHER"),
    ],
)
def test_codes_are_numbers_and_have_the_names_of_their_component(
    component: str, code: int, acronym: str
) -> None:
    query = with_lists("select component, code, acronym, meaning from $listed_error_codes")
    rows = {(row[0], row[1]): row[2] for row in duckdb.sql(query).fetchall()}
    assert rows[(component, code)] == acronym


def test_every_code_stands_once_and_has_a_name_and_a_meaning() -> None:
    query = with_lists(
        "select count(*), count(distinct (component, code)), count(acronym), count(meaning) "
        "from $listed_error_codes"
    )
    (counts,) = duckdb.sql(query).fetchall()
    assert len(set(counts)) == 1


def test_every_speed_has_a_source_and_one_holds_for_all_sites() -> None:
    query = with_lists("select site, source, valid_from from $listed_site_speeds")
    rows = duckdb.sql(query).fetchall()
    assert all(source for _, source, _ in rows)
    assert ("*", "2000-01-01") in {(site, valid_from) for site, _, valid_from in rows}

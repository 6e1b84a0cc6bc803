"""What evaluating rules may use of the machine."""

from pathlib import Path

import duckdb
import pytest
from quality_rows import batch, judge, slice_of

from gridlens.quality import check, contract, parse_contract
from gridlens.quality.engine import database, engine


@pytest.mark.bar(12)
def test_rules_run_in_bounded_memory_on_two_threads():
    with engine() as con:
        asked = "select current_setting('memory_limit'), current_setting('threads')"
        assert con.sql(asked).fetchall() == [("953.6 MiB", 2)]


def test_what_spills_goes_to_a_temporary_folder_and_is_removed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database.cache_clear()
    with engine() as con:
        con.execute("set memory_limit = '20MB'")
        con.execute("create temp table big as select md5(i::varchar) as k from range(2000000) t(i)")
        (folder,) = con.sql("select current_setting('temp_directory')").fetchall()[0]
        assert list(Path(folder).iterdir()) != []
    assert list(Path(folder).iterdir()) == []
    database.cache_clear()
    assert not Path(folder).exists()
    assert list(tmp_path.iterdir()) == []


def test_no_rule_is_evaluated_on_an_unbounded_connection(tmp_path, monkeypatch):
    counts, path = slice_of(tmp_path, "jobs", {"pandaid": 1})
    connect = duckdb.connect
    asked = []

    def watched(*args, **kwargs):
        asked.append(set(kwargs.get("config", ())))
        return connect(*args, **kwargs)

    database.cache_clear()
    monkeypatch.setattr(duckdb, "connect", watched)
    judge(batch("jobs", {"pandaid": 1}), contract("jobs"))
    check(counts, path, contract("jobs"))
    parse_contract("table = 'jobs'", "here")
    assert asked == [{"memory_limit", "threads", "temp_directory"}]

"""Rows that several models read: few are fetched once, many are left where they are."""

from __future__ import annotations

import duckdb

from gridlens.pipelines.fetched import FEW, Fetched

SELECT = "select number from numbers"


def test_few_rows_are_fetched_once_and_many_are_read_where_they_are() -> None:
    with duckdb.connect() as con:
        con.execute("create table numbers as select 1 as number")
        fetched = Fetched(con)
        first = fetched.relation(SELECT, FEW)
        con.execute("insert into numbers values (2)")
        assert fetched.relation(SELECT, FEW) == first
        assert con.execute(first).fetchall() == [(1,)]
        assert fetched.relation(SELECT, FEW + 1) == SELECT

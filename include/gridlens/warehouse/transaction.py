"""All of a piece of work or none of it, and again where another was quicker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import duckdb

from gridlens.errors import WarehouseBusy
from gridlens.warehouse.connection import is_busy

_ATTEMPTS = 4
_Done = TypeVar("_Done")
_Work = Callable[[duckdb.DuckDBPyConnection], _Done]


def insistently(con: duckdb.DuckDBPyConnection, work: _Work[_Done]) -> _Done:
    """Do the work in one transaction; redo all of it when it meets another.

    Raises:
        WarehouseBusy: it met another each time.
    """
    # DuckLake's own retry does not cover a delete that meets an insert into the same table.
    for attempt in range(_ATTEMPTS):
        try:
            return _in_transaction(con, work)
        except duckdb.Error as error:
            if not is_busy(error):
                raise
            time.sleep(0.2 * 2**attempt)
    raise WarehouseBusy(
        f"the warehouse changed under {_ATTEMPTS} attempts to write: "
        "something writes to it without taking its lock"
    )


def _in_transaction(con: duckdb.DuckDBPyConnection, work: _Work[_Done]) -> _Done:
    con.execute("begin")
    try:
        done = work(con)
        con.execute("commit")
    except BaseException:
        _roll_back(con)
        raise
    return done


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("rollback")
    except duckdb.TransactionException:
        return  # a commit that fails has already ended its transaction

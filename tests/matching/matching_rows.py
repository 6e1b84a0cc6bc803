"""Rows for tests of matching: one download of one file by one job, changed where a test says so."""

from datetime import datetime

import duckdb
import pyarrow as pa

from gridlens.matching import candidates_sql, flags_sql

COLUMNS = {
    "jobs": {
        "pandaid": pa.int64(),
        "jeditaskid": pa.int64(),
        "creationtime": pa.timestamp("us"),
        "starttime": pa.timestamp("us"),
        "endtime": pa.timestamp("us"),
        "computingsite": pa.string(),
        "site": pa.string(),
        "inputfilebytes": pa.int64(),
        "outputfilebytes": pa.int64(),
    },
    "files": {
        "pandaid": pa.int64(),
        "jeditaskid": pa.int64(),
        "type": pa.string(),
        "lfn": pa.string(),
        "scope": pa.string(),
        "dataset_name": pa.string(),
        "proddblock": pa.string(),
        "destinationdblock": pa.string(),
        "fsize": pa.int64(),
    },
    "transfers": {
        "transfer_id": pa.string(),
        "jeditaskid": pa.int64(),
        "activity": pa.string(),
        "scope": pa.string(),
        "lfn": pa.string(),
        "dataset_name": pa.string(),
        "proddblock": pa.string(),
        "bytes": pa.int64(),
        "src_site": pa.string(),
        "dst_site": pa.string(),
        "started_at": pa.timestamp("us"),
        "ended_at": pa.timestamp("us"),
        "pandaid": pa.int64(),
    },
}


def at(text):
    """A time of the first days of April 2025: `at("02 12:00")` is noon of the second."""
    return datetime.fromisoformat(f"2025-04-{text}")


def job(**changes):
    return {
        "pandaid": 1,
        "jeditaskid": 10,
        "creationtime": at("02 10:00"),
        "starttime": at("02 11:00"),
        "endtime": at("02 12:00"),
        "computingsite": "CERN",
        "site": "CERN-PROD",
        "inputfilebytes": 100,
        "outputfilebytes": 50,
        **changes,
    }


def file(**changes):
    return {
        "pandaid": 1,
        "jeditaskid": 10,
        "type": "input",
        "lfn": "a.root",
        "scope": "mc",
        "dataset_name": "mc:mc.data/",
        "proddblock": "mc.block",
        "destinationdblock": None,
        "fsize": 100,
        **changes,
    }


def output(**changes):
    kept = {"type": "output", "lfn": "out.root", "dataset_name": "user.out/", "proddblock": None}
    return file(**{**kept, "destinationdblock": "user.out_sub7", "fsize": 50, **changes})


def transfer(**changes):
    return {
        "transfer_id": "t1",
        "jeditaskid": 10,
        "activity": "Analysis Download",
        "scope": "mc",
        "lfn": "a.root",
        "dataset_name": "mc.data",
        "proddblock": None,
        "bytes": 100,
        "src_site": "CERN-PROD",
        "dst_site": "CERN-PROD",
        "started_at": at("02 11:10"),
        "ended_at": None,
        "pandaid": None,
        **changes,
    }


def upload(**changes):
    kept = {"activity": "Analysis Upload", "lfn": "out.root", "dataset_name": "user.out"}
    return transfer(**{**kept, "bytes": 50, **changes})


def arrow(table, rows):
    fields = COLUMNS[table]
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], kind) for name, kind in fields.items()}
    )


def database(jobs, files, transfers, schema=""):
    con = duckdb.connect(config={"threads": 1})
    if schema:
        con.execute(f"create schema {schema}")
    for name, rows in {"jobs": jobs, "files": files, "transfers": transfers}.items():
        con.register("rows", arrow(name, rows))
        con.execute(f"create table {schema + '.' if schema else ''}{name} as from rows")
        con.unregister("rows")
    return con


def columns(table):
    return list(COLUMNS[table])


def columns_of_all():
    return {
        "job_columns": columns("jobs"),
        "file_columns": columns("files"),
        "transfer_columns": columns("transfers"),
    }


def flags(jobs, files, transfers, reading):
    """Rows of the flags: pandaid, transfer_id, exact, rm1, rm2, direct, early, owners."""
    with database(jobs, files, transfers) as con:
        return con.execute(flags_sql(reading, **columns_of_all())).fetchall()


def candidates(jobs, files, transfers, reading, **kwargs):
    """Candidates, as dictionaries."""
    with database(jobs, files, transfers) as con:
        result = con.execute(candidates_sql(reading, **columns_of_all(), **kwargs))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

"""The SQL says what the oracle says, and what holds of any data."""

import functools
import itertools
import random
from dataclasses import replace

import duckdb
import oracle
import pytest
from matching_cases import apart, random_case
from matching_rows import arrow, candidates, columns_of_all, database, flags

from gridlens.matching import V1, Reading, candidates_sql, flags_sql, model_text
from gridlens.matching.reading import ALLOWED

CASES = 1_000
ONE_CHANGED = [
    replace(V1, **{key: value})
    for key, values in ALLOWED.items()
    for value in values.values()
    if value != getattr(V1, key)
]
MANY_CHANGED = [
    Reading(**{key: rng.choice(list(values.values())) for key, values in ALLOWED.items()})
    for rng in map(random.Random, range(12))
]
READINGS = [V1, *ONE_CHANGED, *MANY_CHANGED]


@pytest.fixture(scope="module")
def cases():
    """A thousand cases side by side; ids and names keep them apart."""
    rng = random.Random(20250401)
    return [apart(number, random_case(rng)) for number in range(CASES)]


@pytest.fixture(scope="module")
def together(cases):
    return [list(itertools.chain.from_iterable(part)) for part in zip(*cases, strict=True)]


@pytest.fixture(scope="module")
def rows_of(together):
    """A function from SQL to its rows over all cases; every SQL is run once."""
    with database(*together) as con:
        yield functools.cache(lambda sql: con.execute(sql).fetchall())


@pytest.mark.bar(22)
@pytest.mark.parametrize("reading", READINGS, ids=Reading.text)
def test_pairs_equal_the_oracles(cases, rows_of, reading):
    expected = [row for case in cases for row in oracle.match(*case, reading)]
    assert rows_of(_flags(reading)) == expected


def test_cases_reach_every_method(rows_of):
    rows = rows_of(_flags(V1))
    exact, rm1, rm2, direct, early = (sum(row[n] for row in rows) for n in range(2, 7))
    assert min(exact, rm1 - exact, rm2 - rm1, direct, early) > 100


@pytest.mark.bar(22)
@pytest.mark.parametrize("reading", READINGS, ids=Reading.text)
def test_exact_is_within_rm1_is_within_rm2(rows_of, reading):
    assert all(exact <= rm1 <= rm2 for _, _, exact, rm1, rm2, *_ in rows_of(_flags(reading)))


@pytest.mark.parametrize("reading", READINGS[:12], ids=Reading.text)
def test_candidates_come_to_the_same_verdicts(rows_of, reading):
    keys = "pandaid, transfer_id, exact, rm1, rm2, direct, started_before_creation"
    sql = candidates_sql(reading, **columns_of_all())
    matched = rows_of(f"select {keys} from ({sql}) where rm2 or direct order by all")
    assert matched == [row[:7] for row in rows_of(_flags(reading))]


@pytest.mark.bar(23)
def test_order_of_rows_changes_nothing(together):
    rng = random.Random(5)
    shuffled = [rng.sample(rows, len(rows)) for rows in together]
    assert flags(*shuffled, V1) == flags(*together, V1)
    assert candidates(*shuffled, V1) == candidates(*together, V1)


@pytest.mark.parametrize("reading", [V1, MANY_CHANGED[0]], ids=Reading.text)
def test_days_of_jobs_add_up_to_the_window(together, reading):
    """Each day of jobs matched alone, by the warehouse's model, and all of them at once."""
    jobs, files, transfers = together
    with database(jobs, files, transfers) as con:
        whole = con.execute(_flags(reading)).fetchall()
        con.execute(_CORE)
        days = []
        for day in range(4):
            con.execute(f"create or replace view core.jobs as from all_jobs where job_day = {day}")
            rows = con.execute(f"from ({model_text(reading)}) order by all").fetchall()
            assert {row[0] for row in rows} <= {day}
            days += [(row[1], row[2], *row[4:9]) for row in rows]
    assert sorted(days) == [row[:7] for row in whole]


_CORE = """
create schema core;
create table all_jobs as select *, pandaid % 4 as job_day from jobs;
create view core.files as from main.files;
create view core.transfers as select *, cast(started_at as date) as started_day from main.transfers;
"""


def _flags(reading):
    return flags_sql(reading, **columns_of_all())


def test_absent_optional_columns_are_as_good_as_empty_ones():
    rng = random.Random(3)
    jobs, files, transfers = (
        list(itertools.chain.from_iterable(part))
        for part in zip(*(apart(n, random_case(rng)) for n in range(200)), strict=True)
    )
    for row in jobs:
        row["site"] = row["computingsite"]
    for row in files:
        row["destinationdblock"] = None
    for row in transfers:
        row["proddblock"] = row["pandaid"] = None
    expected = flags(jobs, files, transfers, V1)
    absent = {
        "jobs": arrow("jobs", jobs).drop_columns(["site"]),
        "files": arrow("files", files).drop_columns(["destinationdblock"]),
        "transfers": arrow("transfers", transfers).drop_columns(["proddblock", "pandaid"]),
    }
    sql = flags_sql(
        V1,
        job_columns=absent["jobs"].column_names,
        file_columns=absent["files"].column_names,
        transfer_columns=absent["transfers"].column_names,
    )
    with duckdb.connect() as con:
        for name, rows in absent.items():
            con.register(name, rows)
        assert con.execute(sql).fetchall() == expected
    assert expected

"""Which pairs have odds of being a link, and what speaks for it, case by case."""

import itertools
import math
import random

import pytest
from matching_cases import apart, random_case
from matching_rows import at, columns_of_all, database, file, job, transfer, upload

from gridlens.matching import (
    V1,
    Weights,
    candidate_patterns_sql,
    decoy_patterns_sql,
    flags_sql,
    probability_text,
)

WEIGHTS = Weights.parse("""
fitted_on = "a test"
prior = 0.5
[task]
same = [0.5, 0.5]
missing = [0.25, 0.5]
[dataset]
same = [0.5, 0.5]
missing = [0.5, 0.5]
other = [0.25, 0.5]
[size]
same = [0.5, 0.5]
missing = [0.5, 0.5]
other = [0.25, 0.5]
[site]
same = [0.5, 0.25]
unknown = [0.5, 0.5]
other = [0.125, 0.5]
[time]
before = [0.125, 0.5]
queue = [0.5, 0.5]
wall = [0.5, 0.25]
after = [0.25, 0.5]
""")
_CORE = """
create schema core; create view core.files as from main.files;
create view core.jobs as select *, date '2025-04-02' as job_day from main.jobs;
create view core.transfers as select *, cast(started_at as date) as started_day from main.transfers
"""


def rows_of(sql, jobs, files, transfers):
    with database(jobs, files, transfers) as con:
        con.execute(_CORE)
        return con.execute(sql).fetchall()


def links(jobs=None, files=None, transfers=None):
    """Levels of each candidate pair and the bits that they add up to, by its ids."""
    given = jobs or [job()], files or [file()], transfers or [transfer()]
    rows = rows_of(probability_text(WEIGHTS), *given)
    return {(row[1], row[2]): (" ".join(row[4:9]), row[9]) for row in rows}


def only(**changes):
    return links(transfers=[transfer(**changes)]).get((1, "t1"))


@pytest.mark.parametrize(
    "changes",
    [
        {"lfn": "b.root"},
        {"scope": "data"},
        {"jeditaskid": 11},
        {"jeditaskid": None, "dataset_name": "mc.other"},
        {"activity": "Analysis Upload"},
        {"started_at": None},
        {"started_at": at("03 12:00")},
    ],
    ids=["file name", "scope", "other task", "no task, dataset", "kind", "no start", "too late"],
)
def test_what_cannot_be_a_candidate_has_no_odds(changes):
    assert only(**changes) is None


def test_a_file_of_another_task_than_its_job_makes_no_candidate():
    assert links(files=[file(jeditaskid=11)], transfers=[transfer(jeditaskid=11)]) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("same same same same wall", 2.0)),
        ({"jeditaskid": None}, ("missing same same same wall", 1.0)),
        ({"dataset_name": "mc.other"}, ("same other same same wall", 1.0)),
        ({"dataset_name": None}, ("same missing same same wall", 2.0)),
        ({"bytes": 101}, ("same same other same wall", 1.0)),
        ({"bytes": 0}, ("same same missing same wall", 2.0)),
        ({"dst_site": "UNKNOWN"}, ("same same same unknown wall", 1.0)),
        ({"dst_site": "BNL-ATLAS"}, ("same same same other wall", -1.0)),
        ({"started_at": at("02 10:30")}, ("same same same same queue", 1.0)),
        ({"started_at": at("02 09:59")}, ("same same same same before", -1.0)),
        ({"started_at": at("02 12:00")}, ("same same same same after", 0.0)),
    ],
)
def test_each_level_speaks_for_the_link_or_against_it(changes, expected):
    assert only(**changes) == expected


def test_an_upload_is_compared_with_the_site_that_it_leaves():
    output = file(type="output", lfn="out.root", dataset_name="user.out/", fsize=50)
    sent = upload(src_site="CERN-PROD", dst_site="BNL-ATLAS", started_at=at("02 11:50"))
    assert links(files=[output], transfers=[sent])[1, "t1"][0].endswith("same same wall")


def test_of_several_files_of_a_name_the_one_that_speaks_most_is_taken():
    found = links(files=[file(fsize=7), file(), file(dataset_name="mc.other")])
    assert found == {(1, "t1"): ("same same same same wall", 2.0)}


def test_a_job_that_never_started_has_all_its_life_in_the_queue_or_wall_time():
    found = links(jobs=[job(starttime=None)])
    assert found[1, "t1"][0] == "same same same same wall"


@pytest.fixture(scope="module")
def together():
    rng = random.Random(44)
    cases = [apart(number, random_case(rng)) for number in range(400)]
    return [list(itertools.chain.from_iterable(part)) for part in zip(*cases, strict=True)]


def test_every_pair_of_rm2_is_a_candidate_and_all_odds_are_finite(together):
    found = rows_of(probability_text(), *together)
    pairs = rows_of(flags_sql(V1, **columns_of_all()), *together)
    rm2 = {row[:2] for row in pairs if row[4]}
    assert rm2 <= {(row[1], row[2]) for row in found}
    assert len(rm2) > 100
    assert all(math.isfinite(row[9]) for row in found)


@pytest.mark.bar(23)
def test_a_pair_has_one_row_and_the_order_of_the_rows_given_changes_nothing(together):
    rng = random.Random(5)
    found = rows_of(probability_text(), *together)
    assert len({row[1:3] for row in found}) == len(found)
    shuffled = [rng.sample(rows, len(rows)) for rows in together]
    assert sorted(map(repr, rows_of(probability_text(), *shuffled))) == sorted(map(repr, found))


def test_patterns_count_the_candidates_and_those_without_a_rival():
    jobs = [job(), job(pandaid=2)]
    files = [file(), file(lfn="b"), file(pandaid=2)]
    rows = rows_of(candidate_patterns_sql(), jobs, files, [transfer(), transfer(lfn="b")])
    assert rows == [("same", "same", "same", "same", "wall", 3, 0)]
    twice = [transfer(), transfer(transfer_id="t2", dst_site=None)]
    assert sorted(rows_of(candidate_patterns_sql(), [job()], [file()], twice)) == [
        ("same", "same", "same", "same", "wall", 1, 0),
        ("same", "same", "same", "unknown", "wall", 1, 0),
    ]
    assert rows_of(candidate_patterns_sql(), [job()], [file()], [transfer()])[0][-1] == 1


def test_a_decoy_is_the_transfer_with_the_next_job_of_the_task_that_did_not_read_the_file():
    jobs = [job(), job(pandaid=2, site="BNL-ATLAS", creationtime=at("02 11:30"))]
    rows = rows_of(decoy_patterns_sql(), jobs, [file()], [transfer(bytes=7)])
    assert rows == [("same", "same", "other", "other", "before", 1)]
    both = [file(), file(pandaid=2)]
    assert rows_of(decoy_patterns_sql(), jobs, both, [transfer()]) == []
    assert rows_of(decoy_patterns_sql(), jobs[:1], [file()], [transfer()]) == []

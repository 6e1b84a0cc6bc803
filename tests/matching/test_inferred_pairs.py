"""Pairs that become exact once inferred sites are used, held against the method in plain words."""

import itertools
import random

import oracle
import pytest
from matching_cases import SITES, apart, random_case
from matching_rows import at, database, file, job, transfer

from gridlens.matching import V1, inferred_text, model_text
from gridlens.matching.values import direction

CASES = 400
SIZES = (5_243_410_528, 5_243_415_988, 5_242_750_540)


def added(jobs, files, transfers, inferences):
    """Rows of the model: pandaid, transfer_id, is_site_inferred.

    `inferences`: a site by transfer and side.
    """
    with database(jobs, files, transfers) as con:
        con.execute(
            "create schema core; create view core.files as from main.files;"
            "create view core.jobs as select *, date '2025-04-02' as job_day from main.jobs;"
            "create view core.transfers as select *, cast(started_at as date) as started_day, "
            f"{direction('activity')} as direction from main.transfers;"
            f"create table core.job_transfers as {model_text()};"
            "create table core.site_inferences "
            "(transfer_id varchar, started_day date, side varchar, inferred_site varchar)"
        )
        days = {t["transfer_id"]: t["started_at"] for t in transfers}
        for (transfer_id, side), site in inferences.items():
            con.execute(
                "insert into core.site_inferences values (?, cast(? as date), ?, ?)",
                [transfer_id, days[transfer_id], side, site],
            )
        rows = (
            f"select pandaid, transfer_id, is_site_inferred from ({inferred_text()}) order by all"
        )
        return con.execute(rows).fetchall()


def table_3(first_destination="UNKNOWN"):
    files = [file(lfn=f"f{n}", fsize=size) for n, size in enumerate(SIZES)]
    transfers = [
        transfer(
            transfer_id=str(n),
            lfn=f"f{n % 3}",
            bytes=SIZES[n % 3],
            dst_site=first_destination if n < 3 else "CERN-PROD",
            started_at=at("02 10:50") if n < 3 else at("01 22:00"),
        )
        for n in range(6)
    ]
    return [job(inputfilebytes=sum(SIZES))], files, transfers


def test_without_an_inference_nothing_is_added():
    assert added(*table_3(), {}) == []


def test_all_six_of_the_papers_table_3_are_exact_once_the_site_is_inferred():
    inferences = {(n, "dst"): "CERN-PROD" for n in "012"}
    assert added(*table_3(), inferences) == [(1, n, True) for n in "012"]


def test_an_inferred_site_that_is_not_the_jobs_adds_nothing():
    assert added(*table_3(), {(n, "dst"): "BNL-ATLAS" for n in "012"}) == []


def test_an_inferred_source_of_a_download_changes_nothing():
    assert added(*table_3(), {(n, "src"): "CERN-PROD" for n in "012"}) == []


def test_one_inferred_site_may_complete_the_sum_of_the_others():
    jobs, files, transfers = table_3()
    rows = added(jobs, files, [transfers[0], *transfers[4:]], {("0", "dst"): "CERN-PROD"})
    assert rows == [(1, "0", True), (1, "4", False), (1, "5", False)]


def test_a_conflict_that_names_no_site_adds_nothing():
    assert added(*table_3(), {(n, "dst"): None for n in "012"}) == []


@pytest.fixture(scope="module")
def cases():
    """Random cases in which half of the sites are not recorded."""
    rng = random.Random(543)
    found = [apart(number, random_case(rng)) for number in range(CASES)]
    for one in itertools.chain.from_iterable(transfers for _, _, transfers in found):
        one.update({key: None for key in ("src_site", "dst_site") if rng.random() < 0.5})
    return found


def inferred_sites(transfers, rng):
    """A site for some of the sides that have none."""
    return {
        (t["transfer_id"], side): rng.choice(SITES)
        for t in transfers
        for side in ("src", "dst")
        if oracle.word(t[f"{side}_site"]) is None and rng.random() < 0.9
    }


def exact(case):
    return {row[:2] for row in oracle.match(*case, V1) if row[2]}


def test_added_pairs_are_those_that_the_oracle_finds_with_the_sites_filled_in(cases):
    rng = random.Random(7)
    expected, inferences = set(), {}
    for jobs, files, transfers in cases:
        mine = inferred_sites(transfers, rng)
        filled = [
            {**t, **{f"{side}_site": site for (i, side), site in mine.items() if i == ids}}
            for t in transfers
            for ids in [t["transfer_id"]]
        ]
        expected |= exact((jobs, files, filled)) - exact((jobs, files, transfers))
        inferences |= mine
    together = [list(itertools.chain.from_iterable(part)) for part in zip(*cases, strict=True)]
    found = added(*together, inferences)
    assert {row[:2] for row in found} == expected
    assert len(found) == len(expected) > 20

"""Whether the link probability means what it says where most candidates are wrong."""

from collections import defaultdict

import pytest
from ambiguous_world import world
from matching_rows import at, database, file, job, transfer

from gridlens.matching import probability_text
from gridlens.warehouse.matches import MATCHES

_CORE = """
create schema core;
create view core.files as from main.files;
create view core.transfers as select *, cast(started_at as date) as started_day from main.transfers;
create view core.jobs as
    select *, cast(endtime as date) as job_day from main.jobs
    where cast(endtime as date) = getvariable('day');
create table core.link_probabilities as {links} limit 0;
create table core.job_transfers as
    select * exclude (link_bits), false as exact, false as rm1, false as rm2, false as direct,
        false as started_before_creation, '' as reading
    from core.link_probabilities;
create table core.inferred_pairs as from core.job_transfers;
"""


def probabilities(jobs, files, transfers):
    """Probability of each candidate pair, by its ids; the odds told day by day of the jobs' end."""
    with database(jobs, files, transfers) as con:
        con.execute(_CORE.format(links=probability_text()))
        for day in sorted({row["endtime"].date() for row in jobs}):
            con.execute("set variable day = $1", [day])
            con.execute(f"insert into core.link_probabilities {probability_text()}")
        asked = f"select pandaid, transfer_id, probability_ratio from ({MATCHES.sql})"
        return {row[:2]: row[2] for row in con.execute(asked).fetchall()}


def reliability(told, truth):
    """Pairs, mean probability and share of true ones, by tenth of the probability."""
    bins = defaultdict(list)
    for pair, probability in told.items():
        bins[min(int(probability * 10), 9)].append((probability, pair in truth))
    return {
        tenth: (len(rows), *(sum(column) / len(rows) for column in zip(*rows, strict=True)))
        for tenth, rows in sorted(bins.items())
    }


def calibration_error(bins):
    """Expected calibration error: how far probability and truth are apart in a bin, on average."""
    pairs = sum(n for n, _, _ in bins.values())
    return sum(n * abs(told - seen) for n, told, seen in bins.values()) / pairs


def measured(**changes):
    rows, truth = world(**changes)
    return reliability(probabilities(*rows), truth)


def test_jobs_that_nothing_tells_apart_share_the_probability():
    jobs = [job(pandaid=n) for n in (1, 2, 3)]
    files = [file(pandaid=n) for n in (1, 2, 3)]
    told = probabilities(jobs, files, [transfer()])
    assert told == {(n, "t1"): pytest.approx(1 / 3, abs=1e-4) for n in (1, 2, 3)}


def test_a_rival_that_ended_on_another_day_counts_as_well():
    jobs = [job(), job(pandaid=2, endtime=at("03 00:10"))]
    told = probabilities(jobs, [file(), file(pandaid=2)], [transfer()])
    assert told == {(n, "t1"): pytest.approx(0.5, abs=1e-4) for n in (1, 2)}


def test_a_rival_elsewhere_takes_nothing_from_the_job_at_the_site_of_the_copy():
    jobs = [job(), job(pandaid=2, site="BNL-ATLAS")]
    told = probabilities(jobs, [file(), file(pandaid=2)], [transfer()])
    assert told[1, "t1"] > 0.99 > 0.01 > told[2, "t1"]


@pytest.mark.parametrize("seed", [1, 2])
def test_among_many_wrong_candidates_as_many_are_right_as_the_probability_says(seed):
    bins = measured(seed=seed)
    assert calibration_error(bins) < 0.02
    for pairs, told, seen in bins.values():
        assert abs(told - seen) < 0.03 + 3 * (told * (1 - told) / pairs) ** 0.5


def test_copies_of_jobs_in_no_record_make_it_too_sure_by_about_as_many():
    bins = measured(seed=3, unrecorded=0.05)
    assert calibration_error(bins) < 0.02
    assert 0.9 < bins[9][2] < bins[9][1]


def test_weights_of_other_habits_than_the_worlds_cost_some_calibration():
    assert 0.02 < calibration_error(measured(seed=4, in_queue=0.5)) < 0.1

"""The pages of a day: that Great Expectations says what the contract says, and nothing private."""

import json
import os
import re
import socket
import tempfile
import threading
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from quality_rows import DAY, slice_of

from gridlens.quality import (
    Bounds,
    Judgement,
    Measure,
    Measured,
    Surroundings,
    check,
    contract,
    measured,
    profile,
    write_data_docs,
)
from gridlens.quality.data_docs import _prune
from gridlens.quality.rules import Contract
from gridlens.tables import TABLES

PRIVATE = "data25.jdoe.secret"
BOUNDS = [Bounds(low, high) for low in (None, 0.5) for high in (None, 0.5)]


def judgement_of(table, *measures):
    """A judgement of these measures alone."""
    rules = Contract(TABLES[table], measures=tuple(m.measure for m in measures))
    return Judgement(rules, DAY, None, (), measures)


def corners():
    """A measure for every pair of bounds, with values on, inside and outside of them."""
    return [
        Measured(
            "jobs",
            DAY,
            Measure(f"m{n}", "it tells", "rows", "1", warn, fail, "so" if warn or fail else ""),
            value,
        )
        for n, (warn, fail, value) in enumerate(
            (warn, fail, value)
            for warn in BOUNDS
            for fail in (Bounds(), Bounds(0.2, 2.0))
            for value in (0.0, 0.5, 2.5)
        )
    ]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Judgements of two slices, with names that are nobody's business, and their pages."""
    home = tmp_path_factory.mktemp("quality")
    judgements = []
    for table, rows in {
        "files": [{"pandaid": 1, "fileid": n, "lfn": PRIVATE, "type": "odd"} for n in range(120)],
        "jobs": [{"pandaid": n, "produsername": PRIVATE} for n in range(3)],
    }.items():
        (home / table).mkdir()
        counts, path = slice_of(home / table, table, *rows)
        rules = contract(table)
        taken = measured(
            counts, path, rules, profile(counts, path, rules), Surroundings(others={"jobs": {}})
        )
        results = tuple(check(counts, path, rules))
        judgements.append(Judgement(rules, DAY, path, results, tuple(taken)))
    page = write_data_docs(home / "docs", DAY, judgements, keep=3)
    return page, judgements


class Loads(HTMLParser):
    """What a page refers to: by tag, the addresses in it."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, v) for name, v in attrs if name in ("src", "href") and v]


def pages(day):
    return sorted(day[0].parent.rglob("*.html"))


def test_great_expectations_says_of_each_value_what_the_contract_says(tmp_path):
    measures = corners()
    page = write_data_docs(tmp_path, DAY, [judgement_of("jobs", *measures)], keep=1)
    [run] = json.loads((page.parent / "results.json").read_text())["checkpoints"]["jobs"]
    broken = {
        (result["expectation_config"]["kwargs"]["column"], result["expectation_config"]["severity"])
        for result in run["results"]
        if not result["success"]
    }
    expected = {"fail": "critical", "warn": "warning"}
    statuses = {m.measure.name: m.status for m in measures}
    for name, status in statuses.items():
        worst = {severity for column, severity in broken if column == name}
        if status == "pass":
            assert not worst
        else:
            assert expected[status] in worst
    assert {"pass", "warn", "fail"} == {*statuses.values()}


def test_the_suite_shows_the_whole_contract_with_its_reasons(day):
    text = next(p for p in pages(day) if "files" in p.name).read_text()
    rules = contract("files")
    for name in (*rules.row_rules, *rules.table_rules, *rules.measures):
        assert name.name in text
    assert "a file counted twice doubles the bytes that the exact match compares" in text
    assert "the jobs of the day are not there" not in text
    assert "files are found by the ids of the day" in text


def test_the_first_page_names_each_table_and_what_does_not_pass(day):
    text = day[0].read_text()
    assert re.search(r'href="validations/files/[^"]+">files</a></td><td class="warn">warn', text)
    assert "some_input" in text
    assert "files_without_job_ratio" in text


def test_no_page_loads_from_elsewhere_or_tells_where_it_was_made(day):
    for page in pages(day):
        text = page.read_text()
        loads = Loads(text).found
        assert not [found for found in loads if found[0] != "a" and "//" in found[1]]
        assert "<script" not in text
        assert "url(" not in text.replace("url(data:", "")
        assert str(day[0].parent.parent) not in text
        local = [v for tag, v in loads if tag == "a" and "//" not in v and not v.startswith("#")]
        assert all((page.parent / link.partition("#")[0]).is_file() for link in local)


def test_nothing_that_can_name_a_person_is_on_a_page_or_in_the_results(day):
    kept = [path for path in day[0].parent.rglob("*") if path.is_file()]
    assert len(kept) >= 4
    assert not [path for path in kept if PRIVATE in path.read_text()]


def test_great_expectations_calls_nobody_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(*given):
        raise AssertionError(f"asks {given}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    write_data_docs(tmp_path / "docs", DAY, [judgement_of("jobs", corners()[1])], keep=3)
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert not list((tmp_path / "scratch").iterdir())


def test_pages_that_tell_the_same_are_left_alone_and_others_are_replaced(day):
    page, judgements = day
    before = page.stat().st_ino
    assert write_data_docs(page.parent.parent, DAY, judgements, keep=3) == page
    assert page.stat().st_ino == before
    write_data_docs(page.parent.parent, DAY, [judgement_of("jobs", corners()[1])], keep=3)
    assert not [p for p in pages(day) if "files" in p.name]
    assert [p.name for p in page.parent.parent.iterdir()] == [str(DAY)]
    write_data_docs(page.parent.parent, DAY, judgements, keep=3)


def test_pages_that_another_attempt_prunes_meanwhile_are_no_failure(tmp_path):
    for n in range(200):
        (tmp_path / "docs" / str(DAY.plus(n)) / "static").mkdir(parents=True)
    failed = []

    def prune(name):
        try:
            (tmp_path / name).mkdir()
            _prune(tmp_path / "docs", tmp_path / name, 1)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=prune, args=(name,)) for name in ("one", "other")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failed
    assert [p.name for p in (tmp_path / "docs").iterdir()] == [str(DAY.plus(199))]


def test_a_day_before_the_kept_ones_gets_no_pages(tmp_path):
    (tmp_path / str(DAY.plus(1))).mkdir()
    assert write_data_docs(tmp_path, DAY, [judgement_of("jobs", corners()[1])], keep=1) is None
    assert [p.name for p in tmp_path.iterdir()] == [str(DAY.plus(1))]


def test_what_a_killed_attempt_left_goes_after_a_day_and_its_pages_are_written_again(tmp_path):
    for name, age_s in {f".{DAY}.old": 25 * 3600, f".{DAY}.new": 3600}.items():
        (tmp_path / name / "former0").mkdir(parents=True)
        then = time.time() - age_s
        os.utime(tmp_path / name, (then, then))
    write_data_docs(tmp_path, DAY, [judgement_of("jobs", corners()[1])], keep=3)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f".{DAY}.new", str(DAY)]


def test_the_earliest_days_go_when_there_are_too_many(tmp_path):
    for n in range(4):
        of_day = replace(judgement_of("jobs", corners()[1]), day=DAY.plus(n))
        write_data_docs(tmp_path, DAY.plus(n), [of_day], keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2025-04-03", "2025-04-04"]

"""The same documents from files and from a real OpenSearch: one warehouse, to the byte."""

from dataclasses import replace

import pytest

from gridlens.endpoint import Endpoint
from gridlens.pipelines import checksums, differing_tables, publish, run_day, settle
from gridlens.settings import Settings
from gridlens.twin import make_days
from gridlens.window import Day, Window

# Days of their own: other tests publish other days to the same server.
WINDOW = Window.parse("2024-06-01", "2024-06-03")


def ignore(line):
    pass


def run(settings):
    for day in WINDOW:
        run_day(settings, day, ignore)
    settle(settings)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Settings of a warehouse whose documents were read from files."""
    home = tmp_path_factory.mktemp("files") / "home"
    make_days(home, seed=11, first=WINDOW.first, days=2, jobs_per_day=150, progress=ignore)
    settings = Settings(home=home, personal_key="a key of the tests alone")
    run(settings)
    return settings


@pytest.fixture(scope="module")
def opensearch(node, files, tmp_path_factory):
    """Settings of a warehouse whose documents were read from OpenSearch."""
    names = ("opensearch_panda", "opensearch_rucio")
    endpoints = {n: Endpoint(n, hosts=(node.url,), requests_per_second=1000.0) for n in names}
    home = tmp_path_factory.mktemp("indices") / "home"
    settings = replace(files, home=home, endpoints=endpoints)
    publish(settings, files.home, progress=ignore)
    run(settings)
    return settings


def test_both_sources_give_the_same_tables(files, opensearch):
    assert differing_tables(opensearch, files) == []
    assert (
        checksums(opensearch).keys() == checksums(files).keys() > {"core.jobs", "mart.daily_jobs"}
    )


def test_another_warehouse_is_told_apart(files, tmp_path):
    home = tmp_path / "other"
    make_days(home, seed=12, first=Day.parse("2024-06-01"), days=1, jobs_per_day=5, progress=ignore)
    other = replace(files, home=home)
    run_day(other, Day.parse("2024-06-01"), ignore)
    assert {"core.jobs", "core.transfers", "mart.daily_jobs"} <= {*differing_tables(other, files)}

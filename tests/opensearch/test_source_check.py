"""`gridlens source check` on a real server: what is wrong, what may be, and what is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fault_acts as acts
import pytest
from day_of_jobs import DAY, MAPPING, NAME, Server, job, write_sources
from fault_proxy import FaultProxy

from gridlens.cli import main
from gridlens.endpoint import Endpoint
from gridlens.errors import GridlensError, SourceRejected, SourceUnavailable
from gridlens.pipelines import source_check
from gridlens.settings import Settings
from gridlens.sources.opensearch.check import check_clock

NOON = DAY.start + timedelta(hours=12)
TOKEN = "token-that-nobody-may-see"


class Checked:
    """A home, its endpoint, and what a look at its sources tells."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.endpoint = Endpoint(NAME, (url,), requests_per_second=10_000.0, patience_s=0.1)

    def lines(self, *, raises: type[GridlensError] | None = None) -> list[str]:
        """Each finding, without the address that all of them share."""
        settings = Settings(home=self.home, endpoints={NAME: self.endpoint})
        told: list[str] = []
        if raises is None:
            source_check(settings, told.append)
        else:
            with pytest.raises(raises) as error:
                source_check(settings, told.append)
            assert "\n" not in str(error.value)
        where = f"{NAME} ({self.endpoint.hosts[0]}): "
        return [" ".join(line.replace(where, "").split()) for line in told]


@pytest.fixture
def jobs(server: Server, index: str) -> str:
    """An index with two jobs."""
    server.make(index, MAPPING)
    server.put(index, {"1": job(1, NOON), "2": job(2, NOON + timedelta(hours=3))})
    return index


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    """Passes everything on, until a test says otherwise."""
    with FaultProxy(server.target) as between:
        yield between


@pytest.fixture
def checked(tmp_path: Path, proxy: FaultProxy, jobs: str) -> Checked:
    """Sources that are as they should be."""
    write_sources(tmp_path, f"{jobs}*")
    return Checked(tmp_path, proxy.url)


def test_a_server_that_nobody_can_reach_may_be_there_later(checked: Checked) -> None:
    checked.endpoint = replace(checked.endpoint, hosts=("http://127.0.0.1:9",))

    (line,) = checked.lines(raises=SourceUnavailable)

    assert line.startswith("wrong GET /: no sound answer in 1 tries: no connection")


def test_a_refused_login_is_told_without_the_secret(checked: Checked, proxy: FaultProxy) -> None:
    checked.endpoint = replace(checked.endpoint, token=TOKEN)
    proxy.always(acts.anything, acts.answers(401, b'{"error": "no such token"}'))

    (line,) = checked.lines(raises=SourceRejected)

    assert "login or token is not accepted (status 401)" in line
    assert TOKEN not in line


def test_a_login_page_is_no_opensearch(checked: Checked, proxy: FaultProxy) -> None:
    checked.endpoint = replace(checked.endpoint, patience_s=5.0)
    proxy.always(acts.anything, acts.shows_login_page)

    (line,) = checked.lines(raises=SourceRejected)

    assert line.startswith("wrong")
    assert "look at the connection's host, path prefix and token" in line


@pytest.mark.parametrize("name", ["there-is-no-such-index", "there-is-no-such-index*"])
def test_an_index_that_does_not_exist_is_wrong(checked: Checked, name: str) -> None:
    write_sources(checked.home, name)

    line = checked.lines(raises=SourceRejected)[-1]

    assert f"no such index [{name}]: look at `index` in sources.toml" in line


def test_a_time_that_the_index_does_not_have_is_wrong(checked: Checked, jobs: str) -> None:
    write_sources(checked.home, jobs, time=["ended", "statechangetime"])

    assert checked.lines(raises=SourceRejected)[-1] == (
        f"wrong {jobs} has no field 'ended': look at [index] of the field map, or override it "
        "in sources.toml"
    )


def test_a_time_that_is_kept_as_text_is_wrong(checked: Checked, server: Server, index: str) -> None:
    texts = {**MAPPING["properties"], "endtime": {"type": "keyword"}}
    server.make(f"{index}-texts", {"properties": texts})

    line = checked.lines(raises=SourceRejected)[-1]

    assert "'endtime' is keyword in some index, and cannot be compared as a time" in line


def test_an_endpoint_that_nobody_has_described_is_wrong(
    checked: Checked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDLENS_HOME", str(checked.home))
    monkeypatch.delenv("GRIDLENS_ENDPOINT_OPENSEARCH_PANDA", raising=False)

    assert main(["source", "check"]) == 2
    told = capsys.readouterr()
    assert told.out.startswith(f"wrong    nothing says where the endpoint '{NAME}' is: set")
    assert told.err.count("\n") == 1


def test_a_folder_that_is_not_mounted_may_be_there_later(checked: Checked) -> None:
    (checked.home / "sources.toml").write_text(
        '[[jobs]]\nmap = "panda_jobs_archived"\npath = "exports/{day}/jobs-*.gz"\n'
    )

    (line,) = checked.lines(raises=SourceUnavailable)
    assert line.startswith(f"wrong {checked.home / 'exports'} is not there")

    (checked.home / "exports").mkdir()
    assert checked.lines()[0].startswith(f"good {checked.home / 'exports'} is there")


def test_sources_that_are_as_they_should_be_say_what_they_hold(checked: Checked) -> None:
    lines = checked.lines()

    assert lines[0].startswith("good OpenSearch 3.")
    assert lines[0].endswith("; without a login")
    assert lines[1] == "good pages by pit"
    assert lines[-1].endswith("2 documents, 2025-04-01 12:00 to 2025-04-01 15:00")


def test_no_point_in_time_stays_open(checked: Checked, server: Server) -> None:
    checked.lines()

    assert server.open_pits() == 0


def test_where_no_point_in_time_is_allowed_pages_are_in_order(
    checked: Checked, proxy: FaultProxy
) -> None:
    proxy.always(acts.opens_pit, acts.refuses(403, "security_exception"))

    assert "good pages by search_after" in checked.lines()

    checked.endpoint = replace(checked.endpoint, paging="pit")
    assert any("we lack the permission" in line for line in checked.lines(raises=SourceRejected))


def test_where_only_searches_are_let_through_the_rest_is_still_looked_at(
    checked: Checked, proxy: FaultProxy, jobs: str
) -> None:
    proxy.always(lambda asked: not asked.path.endswith("/_search"), acts.answers(403, b"{}"))

    assert checked.lines() == [
        "good only searches are let through, no version told; without a login",
        "good pages by search_after",
        f"warning {jobs}*: its fields cannot be looked at, as only searches are let through",
        f"good {jobs}*: 2 documents, 2025-04-01 12:00 to 2025-04-01 15:00",
    ]


def test_drift_between_mapping_and_field_map_is_a_warning(
    checked: Checked, server: Server, jobs: str
) -> None:
    server.put(jobs, {"3": job(3, NOON, surprise=1, jobname="known and dropped")})

    unfed, unknown = (line for line in checked.lines() if line.startswith("warning"))

    assert "the mapping has nothing for jeditaskid, " in unfed
    assert unknown == (
        f"warning {jobs}*: the field map 'panda_jobs_archived' does not know surprise: not read"
    )


def test_documents_that_no_day_can_find_are_a_warning(
    checked: Checked, server: Server, jobs: str
) -> None:
    server.put(jobs, {"3": job(3, None), "4": job(4, "1970-01-01 00:00:00"), "5": job(5, None)})
    server.put(jobs, {"5": job(5, None, modificationtime="2025-04-01 10:00:00")})

    assert checked.lines()[-1] == (
        f"warning {jobs}*: 2 documents have no endtime or statechangetime or modificationtime: "
        "they belong to no day and are never read"
    )


def test_files_that_no_job_can_find_are_a_warning(
    checked: Checked, server: Server, index: str
) -> None:
    fields = {"pandaid": {"type": "long"}, "modificationtime": {"type": "date"}}
    server.make(f"{index}-files", {"properties": fields})
    server.put(f"{index}-files", {"1": {"pandaid": 1, "lfn": "a"}, "2": {"lfn": "b"}})
    (checked.home / "sources.toml").write_text(
        f'[[files]]\nmap = "panda_job_files"\nendpoint = "{NAME}"\nindex = "{index}-files"\n'
    )

    assert checked.lines()[-1] == (
        f"warning {index}-files: 1 documents have no pandaid: they belong to no day and are never "
        "read"
    )


def test_an_empty_index_is_a_warning(checked: Checked, server: Server, index: str) -> None:
    server.make(f"{index}-empty", MAPPING)
    write_sources(checked.home, f"{index}-empty")

    assert checked.lines()[-1].endswith("has no documents: is it filled, is it the right one?")


@pytest.mark.parametrize(
    ("date", "says"),
    [
        ({}, []),
        ({"date": "nonsense"}, []),
        ({"date": "Tue, 01 Apr 2025 12:00:59 GMT"}, []),
        ({"date": "Tue, 01 Apr 2025 12:02:00 GMT"}, ["120 s ahead of ours"]),
        ({"date": "Tue, 01 Apr 2025 11:58:00 GMT"}, ["120 s behind ours"]),
    ],
    ids=["not told", "nonsense", "within a minute", "ahead", "behind"],
)
def test_a_clock_that_is_more_than_a_minute_off_is_a_warning(
    date: dict[str, str], says: list[str]
) -> None:
    found = list(check_clock("there", date, datetime(2025, 4, 1, 12, tzinfo=UTC)))

    assert len(found) == len(says)
    assert all(f.level == "warning" and say in f.text for f, say in zip(found, says, strict=True))

"""A table that comes from several indices, or from indices and files: its inputs are one source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from day_of_jobs import DAY, NAME, Documents, Server, job, settings_for

from gridlens.errors import SourceUnavailable
from gridlens.pipelines import extract, plan, refresh
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.window import Day, Window

NOON = DAY.start + timedelta(hours=12)
LATER = DAY.plus(3)


def jobs_of(day: Day, *ids: int) -> Documents:
    """Jobs that ended at noon of that day."""
    return {str(n): job(n, day.start + timedelta(hours=12)) for n in ids}


@dataclass(frozen=True)
class Home:
    """A home whose jobs come from all inputs that it was given."""

    server: Server
    settings: Settings
    prefix: str

    def index(self, name: str, *documents: Documents) -> None:
        """One more index with these documents, as an input."""
        self.server.make(f"{self.prefix}-{name}")
        self.put(name, *documents)
        self._add(f'endpoint = "{NAME}"\nindex = "{self.prefix}-{name}"')

    def put(self, name: str, *documents: Documents) -> None:
        """More documents for an index."""
        for some in documents:
            self.server.put(f"{self.prefix}-{name}", some)

    def files(self, documents: dict[Day, Documents]) -> None:
        """Exports of these days, as an input."""
        for day, found in documents.items():
            folder = self.settings.home / "exports" / str(day)
            folder.mkdir(parents=True)
            lines = [json.dumps(each) + "\n" for each in found.values()]
            (folder / "jobs.ndjson").write_text("".join(lines))
        self._add('path = "exports/{day}/jobs.ndjson"')

    def _add(self, keys: str) -> None:
        with self.settings.sources.open("a") as text:
            text.write(f'[[jobs]]\nmap = "panda_jobs_archived"\n{keys}\n')

    def extracted(self, day: Day = DAY) -> tuple[str, int]:
        """State and number of documents, after an extraction."""
        extract(self.settings, "jobs", day)
        return self.manifest(day).state, self.manifest(day).fetched

    def manifest(self, day: Day = DAY) -> Manifest:
        """The day's manifest, which must be there."""
        manifest = SliceStore(self.settings.slices).manifest("jobs", day)
        assert manifest is not None
        return manifest


@pytest.fixture
def home(server: Server, index: str, tmp_path: Path) -> Home:
    """A home without any input."""
    return Home(server, settings_for(tmp_path, server.url), index)


OLDER, DAYS_JOBS, YOUNG = jobs_of(DAY.plus(-1), 900), jobs_of(DAY, 1, 2), jobs_of(LATER, 901)


@pytest.mark.parametrize("is_young_first", [True, False])
def test_a_day_that_one_of_two_indices_has_is_read_from_it(
    home: Home, is_young_first: bool
) -> None:
    order = ["young", "old"] if is_young_first else ["old", "young"]
    for name in order:
        home.index(name, *({"old": (OLDER, DAYS_JOBS), "young": (YOUNG,)}[name]))

    assert home.extracted() == ("complete", 2)


def test_a_day_that_files_have_is_read_from_them_where_the_index_begins_later(home: Home) -> None:
    home.index("young", YOUNG)
    home.files({DAY: DAYS_JOBS})

    assert home.extracted() == ("complete", 2)


def test_a_day_that_neither_an_index_nor_files_have_is_unavailable(home: Home) -> None:
    home.index("young", YOUNG)
    home.index("younger", jobs_of(LATER.plus(1), 902))
    home.files({DAY.plus(1): DAYS_JOBS})

    assert home.extracted() == ("unavailable", 0)
    assert home.manifest().query["because"] == (
        f"the first document of {home.prefix}-young is of 2025-04-04 12:00 and "
        f"the first document of {home.prefix}-younger is of 2025-04-05 12:00"
    )


def test_a_day_after_the_last_file_is_read_from_the_index(home: Home) -> None:
    home.files({DAY.plus(-1): OLDER})
    home.index("from-the-day-on", DAYS_JOBS, YOUNG)

    assert home.extracted() == ("complete", 2)


def test_a_day_after_all_that_files_and_indices_have_is_not_empty_yet(home: Home) -> None:
    home.files({DAY.plus(-1): OLDER})
    home.index("old", OLDER)

    with pytest.raises(SourceUnavailable, match="nothing is there of 2025-04-01 or later"):
        home.extracted()


def test_an_empty_index_hides_no_day_that_another_has(home: Home) -> None:
    home.index("empty")
    home.index("old", OLDER, DAYS_JOBS)

    assert home.extracted() == ("complete", 2)


def test_what_was_read_before_one_index_lost_it_stays(home: Home) -> None:
    home.index("old", OLDER, DAYS_JOBS)
    home.index("weeks", OLDER | jobs_of(DAY, 3), YOUNG)
    assert home.extracted() == ("complete", 3)
    for lost in ("900", "3"):
        home.server.ask("DELETE", f"/{home.prefix}-weeks/_doc/{lost}?refresh=true")

    assert refresh(home.settings, DAY, days=1).numbers["out of reach"] == 1
    assert home.extracted() == ("complete", 3)
    assert home.manifest().gone == 0


def test_a_day_that_was_taken_for_unavailable_is_read_when_files_of_it_come(home: Home) -> None:
    home.index("young", YOUNG)
    assert home.extracted() == ("unavailable", 0)
    home.files({DAY: DAYS_JOBS})

    assert refresh(home.settings, DAY, days=1).numbers["extracted again"] == 1
    assert home.manifest().fetched == 2
    assert refresh(home.settings, DAY, days=1).numbers["extracted again"] == 0


def test_a_plan_counts_a_day_that_one_input_has(home: Home) -> None:
    home.index("old", OLDER, DAYS_JOBS)
    home.index("young", YOUNG)

    assert plan(home.settings, Window.of(DAY)).splitlines()[1].split()[:3] == ["jobs", "1", "2"]

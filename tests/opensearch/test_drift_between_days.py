"""Documents of a real index whose shape changes from one day to the next."""

from __future__ import annotations

import pytest
from indexed_grid import DAYS, Grid

from gridlens.errors import SourceRejected
from gridlens.pipelines import extract, load, validate

EVENTS = "select day, kind, field from raw.drift_events where table_name = 'jobs' order by all"


def loaded(grid: Grid) -> list[str]:
    """Notes of the load report of each of two days."""
    notes: list[str] = []
    for day in DAYS[:2]:
        for table in ("jobs", "files"):
            extract(grid.settings, table, day)
        validate(grid.settings, day)
        notes += load(grid.settings, day).notes
    return [note for note in notes if "the field" in note]


@pytest.mark.bar(15)
@pytest.mark.parametrize(
    ("change", "kind", "field", "says"),
    [
        ("d.surprise = 1", "new", "surprise", "is new: no document of 2025-04-01 has it"),
        ("d.remove('nucleus')", "missing", "nucleus", "is missing: documents of 2025-04-01 have"),
        ("d.maxvmem = d.maxvmem.toString()", "retyped", "maxvmem", "is text, and was number on"),
    ],
)
def test_a_field_that_drifts_between_two_days_is_an_event_and_a_warning(
    grid: Grid, change: str, kind: str, field: str, says: str
) -> None:
    grid.change("jobs", DAYS[1], change)

    notes = loaded(grid)

    assert (DAYS[1].date, kind, field) in grid.ask(EVENTS)
    assert any(note.startswith(f"jobs: the field '{field}' {says}") for note in notes)


def test_a_day_whose_documents_all_lack_their_key_fails_and_keeps_its_slice(grid: Grid) -> None:
    extract(grid.settings, "jobs", DAYS[0])
    before = grid.manifest("jobs", DAYS[0])
    grid.change("jobs", DAYS[0], "d.number = d.remove('pandaid')")

    with pytest.raises(SourceRejected, match="documents has pandaid"):
        extract(grid.settings, "jobs", DAYS[0])

    assert grid.manifest("jobs", DAYS[0]) == before

"""When two looks at an index may have seen the same documents."""

from __future__ import annotations

import pytest

from gridlens.sources import Look

MEAN = 1_743_501_600_000  # milliseconds: 2025-04-01 10:00
SEEN = Look(3, "1743501600000.0", 3 * MEAN)


@pytest.mark.parametrize(
    "other",
    [
        Look(4, SEEN.newest, SEEN.changed_sum),
        Look(3, "1743501600001.0", SEEN.changed_sum),
        Look(3, SEEN.newest, 3 * MEAN - 1),
    ],
)
def test_another_number_another_newest_or_another_sum_is_another_state(other: Look) -> None:
    assert not SEEN.is_as(other)


def test_a_sum_that_is_not_known_says_nothing() -> None:
    assert SEEN.is_as(Look(3, SEEN.newest))
    assert Look(3, SEEN.newest).is_as(SEEN)


def test_of_a_million_documents_a_sum_tells_changes_of_seconds_and_forgives_its_last_digits() -> (
    None
):
    large = Look(10**6, SEEN.newest, 10**6 * MEAN)
    assert large.is_as(Look(10**6, SEEN.newest, 10**6 * MEAN + 512))
    assert not large.is_as(Look(10**6, SEEN.newest, 10**6 * MEAN + 2_000))


def test_looks_at_parts_add_up_to_a_look_at_all() -> None:
    parts = Look(2, "1743501500000.0", 2 * MEAN) + Look(1, SEEN.newest, MEAN)
    assert Look(0) + parts + Look(0) == SEEN

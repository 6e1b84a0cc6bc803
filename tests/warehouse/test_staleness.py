"""When a computed day no longer holds."""

from datetime import date

import pytest

from gridlens.warehouse import ComputedDay, Input, stale

DAY = date(2025, 4, 2)
JOBS = Input("core.jobs", DAY, "a")
BEFORE = Input("core.transfers", date(2025, 4, 1), "b")
MISSING = Input("core.transfers", date(2025, 3, 31), None)


def matches(*inputs: Input) -> ComputedDay:
    return ComputedDay("core.job_transfers", DAY, "edge", inputs, "m1", "v1", 5, "c", 7)


@pytest.mark.parametrize(
    ("inputs", "model", "reading", "reason"),
    [
        ((JOBS, BEFORE, MISSING), "m1", "v1", None),
        ((MISSING, BEFORE, JOBS), "m1", "v1", None),
        ((JOBS, BEFORE), "m1", "v1", None),
        ((JOBS, BEFORE, MISSING), "m2", "v1", "its SELECT has changed"),
        ((JOBS, BEFORE), "m1", "v2", "its reading has changed from 'v1' to 'v2'"),
        (
            (JOBS, Input("core.transfers", date(2025, 4, 1), "x"), MISSING),
            "m1",
            "v1",
            "core.transfers 2025-04-01 has changed",
        ),
        (
            (JOBS, BEFORE, Input("core.transfers", date(2025, 3, 31), "n")),
            "m1",
            "v1",
            "core.transfers 2025-03-31 has arrived",
        ),
        ((BEFORE, MISSING), "m1", "v1", "core.jobs 2025-04-02 is gone"),
        ((JOBS, BEFORE, Input("core.queues", None, "q")), "m1", "v1", "core.queues has arrived"),
    ],
)
def test_a_day_is_stale_for_a_reason(
    inputs: tuple[Input, ...], model: str, reading: str, reason: str | None
) -> None:
    assert stale(matches(JOBS, BEFORE, MISSING), inputs, model, reading) == reason


def test_a_day_that_was_never_computed_is_stale() -> None:
    assert stale(None, (), "m1") == "never computed"


def test_inputs_survive_their_way_through_the_ledger() -> None:
    record = matches(JOBS, Input("core.queues", None, "q"), MISSING)
    assert set(ComputedDay.parse_inputs(record.inputs_text)) == set(record.inputs)


def test_the_order_in_which_inputs_were_found_does_not_count() -> None:
    assert matches(JOBS, BEFORE).inputs_fingerprint == matches(BEFORE, JOBS).inputs_fingerprint

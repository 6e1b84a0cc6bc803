"""A job's story, told from the warehouse."""

from __future__ import annotations

import pytest
from small_grid import ask

from gridlens.errors import NotFound
from gridlens.pipelines import explain
from gridlens.settings import Settings


def a_pair(settings: Settings, which: str) -> tuple[int, str]:
    query = f"select pandaid, transfer_id from core.job_transfers where {which} order by 1, 2"
    pandaid, transfer_id = ask(settings, query)[0]
    return int(str(pandaid)), str(transfer_id)


def test_a_job_that_is_not_there_says_so(warehouse: Settings) -> None:
    with pytest.raises(NotFound, match="job 1 is not in the warehouse"):
        explain(warehouse, 1)


def test_a_transfer_that_is_not_there_says_so(warehouse: Settings) -> None:
    pandaid, _ = a_pair(warehouse, "exact")
    with pytest.raises(NotFound, match="transfer nowhere is not among those that started"):
        explain(warehouse, pandaid, "nowhere")


def test_an_exact_pair_agrees_in_its_sum_also_when_asked_alone(warehouse: Settings) -> None:
    pandaid, transfer_id = a_pair(warehouse, "exact")
    alone = explain(warehouse, pandaid, transfer_id)
    assert alone.startswith(f"job {pandaid} and transfer {transfer_id}: matched by exact, rm1, rm2")
    assert alone in explain(warehouse, pandaid)


def test_a_pair_that_only_the_record_names_shows_what_else_failed(warehouse: Settings) -> None:
    pandaid, transfer_id = a_pair(warehouse, "direct and not rm2")
    told = explain(warehouse, pandaid, transfer_id)
    assert told.startswith(f"job {pandaid} and transfer {transfer_id}: matched by direct\n")
    assert "differs" in told or "unknown equals nothing" in told


def test_any_transfer_of_the_task_is_explained_though_nothing_matches(warehouse: Settings) -> None:
    query = (
        "select j.pandaid, t.transfer_id from core.jobs j join core.transfers t "
        "on t.jeditaskid = j.jeditaskid and t.started_day = j.job_day "
        "anti join core.job_transfers p on p.pandaid = j.pandaid and p.transfer_id = t.transfer_id "
        "order by 1, 2"
    )
    pandaid, transfer_id = ask(warehouse, query)[0]
    told = explain(warehouse, int(str(pandaid)), str(transfer_id))
    assert f"job {pandaid} and transfer {transfer_id}: not matched" in told

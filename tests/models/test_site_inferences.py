"""Sites told from what else is known of a transfer, case by case and by law."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import Row, Types, ask

DAY = "2025-04-01"
SITES = ("CERN-PROD", "BNL-ATLAS")
MODEL = "core.site_inferences"


def transfer(transfer_id: str, dst_site: str | None = None, **more: object) -> Row:
    return {
        "transfer_id": transfer_id,
        "started_day": DAY,
        "started_at": f"{DAY} 11:00:00",
        "activity": "Analysis Download",
        "direction": "download",
        "jeditaskid": 7,
        "scope": "mc",
        "lfn": "a.root",
        "dataset_name": "mc.data",
        "bytes": 100,
        "src_site": "BNL-ATLAS",
        "dst_site": dst_site,
        "dst_site_raw": dst_site or "UNKNOWN",
        **more,
    }


def read_by(pandaid: int, site: str | None, **more: object) -> tuple[Row, Row]:
    """A job of the day and its input."""
    job = {"pandaid": pandaid, "jeditaskid": 7, "site": site, "job_day": DAY}
    named = {"type": "input", "scope": "mc", "lfn": "a.root"}
    return job, {"pandaid": pandaid, "jeditaskid": 7, "job_day": DAY, **named, **more}


def world(transfers: list[Row], *readers: tuple[Row, Row], sites: tuple[str, ...] = SITES):
    return {
        "core.transfers": transfers,
        "core.jobs": [job for job, _ in readers],
        "core.files": [file for _, file in readers],
        "core.sites": [{"dump_day": DAY, "site": site} for site in sites],
        "core.rses": [{"dump_day": DAY, "rse": "CERN_DISK", "site": "CERN-PROD"}],
    }


TOLD = "transfer_id side site_raw inferred_site method methods evidence"


@pytest.mark.parametrize(
    "rows",
    [
        [transfer("known", "CERN-PROD")],
        [transfer("nothing else known")],
        [transfer("t"), transfer("other task", "CERN-PROD", jeditaskid=8)],
        [transfer("t"), transfer("other size", "CERN-PROD", bytes=101)],
        [transfer("t"), transfer("other file", "CERN-PROD", lfn="b.root")],
        [transfer("t", jeditaskid=None), transfer("s", "CERN-PROD", jeditaskid=None)],
        [transfer("old", started_day="2025-03-31"), transfer("s", "CERN-PROD")],
    ],
    ids=["known", "alone", "task", "size", "file", "no task", "of no job of the day"],
)
def test_nothing_is_inferred_without_evidence_or_need(result, rows):
    assert result(MODEL, world(rows)) == []


def test_a_sibling_of_the_same_file_and_task_tells_the_site(result, only):
    rows = result(MODEL, world([transfer("t"), transfer("s", "CERN-PROD")]))
    told = ("t", "dst", "UNKNOWN", "CERN-PROD", "sibling", 1, "sibling: CERN-PROD by s")
    assert only(rows, TOLD) == [told]


def test_a_storage_element_tells_the_site_behind_a_name_that_nobody_knows(result, only):
    rows = result(MODEL, world([transfer("t", "NOWHERE", dst_rse="CERN_DISK")]))
    told = ("t", "dst", "NOWHERE", "CERN-PROD", "rse", 1, "rse: CERN-PROD by CERN_DISK")
    assert only(rows, TOLD) == [told]


def test_jobs_of_the_task_that_read_the_file_at_one_site_tell_it(result, only):
    readers = read_by(1, "CERN-PROD"), read_by(2, "CERN-PROD"), read_by(3, None)
    rows = result(MODEL, world([transfer("t")], *readers))
    told = ("t", "dst", "UNKNOWN", "CERN-PROD", "task", 1, "task: CERN-PROD by 1 and 1 more")
    assert only(rows, TOLD) == [told]


def test_a_job_says_nothing_of_the_side_that_is_not_its_own(result):
    rows = [transfer("t", "CERN-PROD", src_site=None)]
    assert result(MODEL, world(rows, read_by(1, "CERN-PROD"))) == []
    assert result(MODEL, world([transfer("t")], read_by(1, "CERN-PROD", type="output"))) == []


def test_a_set_of_the_same_exact_sizes_that_moved_together_tells_the_site(result, only):
    late = {"started_at": f"{DAY} 15:00:00"}
    rows = [transfer("t1", lfn="a", bytes=5), transfer("t2", lfn="b", bytes=6)]
    rows += [transfer("s1", "CERN-PROD", lfn="x", bytes=6, **late)]
    rows += [transfer("s2", "CERN-PROD", lfn="y", bytes=5, **late)]
    told = ("CERN-PROD", "size", "size: CERN-PROD by s1")
    found = result(MODEL, world(rows))
    assert only(found, "inferred_site method evidence") == [told] * 2
    rows.append(transfer("s3", "CERN-PROD", lfn="z", bytes=5, started_at=f"{DAY} 15:09:00"))
    assert result(MODEL, world(rows)) == []


def test_methods_that_agree_are_counted_and_the_surest_is_named(result, only):
    rows = [transfer("t"), transfer("s", "CERN-PROD")]
    found = result(MODEL, world(rows, read_by(1, "CERN-PROD")))
    evidence = "sibling: CERN-PROD by s, task: CERN-PROD by 1"
    assert only(found, TOLD) == [("t", "dst", "UNKNOWN", "CERN-PROD", "task", 2, evidence)]


@pytest.mark.parametrize(
    "readers",
    [[read_by(1, "BNL-ATLAS")], [read_by(1, "CERN-PROD"), read_by(2, "BNL-ATLAS")]],
    ids=["methods differ", "one method finds two"],
)
def test_a_conflict_is_told_and_nothing_inferred(result, only, readers):
    rows = [transfer("t"), transfer("s", "CERN-PROD")]
    found = result(MODEL, world(rows, *readers))
    assert only(found, "inferred_site method confidence_ratio") == [(None, "conflict", 0.0)]
    assert "BNL-ATLAS" in found[0]["evidence"]


def test_without_a_map_of_the_grid_no_name_is_invalid(result):
    rows = [transfer("t", "NOWHERE"), transfer("s", "CERN-PROD")]
    assert result(MODEL, world(rows, sites=())) == []


_NAMES = st.sampled_from(["CERN-PROD", "BNL-ATLAS", "NOWHERE", None])
_TRANSFERS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([5, 6]), _NAMES, _NAMES), max_size=6
)


@pytest.mark.bar(17)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(_TRANSFERS, st.lists(_NAMES, max_size=2))
def test_a_recorded_valid_site_is_never_contradicted_and_the_raw_value_never_touched(
    column_types: Mapping[str, Types],
    drawn: list[tuple[str, int, str | None, str | None]],
    sites: list[str | None],
) -> None:
    rows = [
        transfer(f"t{n}", dst, lfn=lfn, bytes=size, src_site=src, src_site_raw=src)
        for n, (lfn, size, src, dst) in enumerate(drawn)
    ]
    readers = [read_by(n, site, lfn="a") for n, site in enumerate(sites)]
    recorded = {row["transfer_id"]: row for row in rows}
    for found in ask(MODEL, world(rows, *readers), column_types):
        side = f"{found['side']}_site"
        assert recorded[found["transfer_id"]][side] not in SITES
        assert found["site_raw"] == recorded[found["transfer_id"]][f"{side}_raw"]
        assert (found["inferred_site"] is None) == (found["confidence_ratio"] == 0)


def test_witnesses_of_one_file_are_counted_whatever_is_known_of_its_scope(result):
    siblings = [transfer("s1", "CERN-PROD"), transfer("s2", "CERN-PROD", scope=None)]
    rows = [transfer("t"), transfer("u", scope=None), transfer("v", scope="data"), *siblings]
    found = [(row["transfer_id"], row["evidence"]) for row in result(MODEL, world(rows))]
    assert sorted(found) == [
        ("t", "sibling: CERN-PROD by s1 and 1 more"),
        ("u", "sibling: CERN-PROD by s1 and 1 more"),
        ("v", "sibling: CERN-PROD by s2"),
    ]

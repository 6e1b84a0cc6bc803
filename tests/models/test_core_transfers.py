"""core.transfers: which sites a record means, and what follows from it."""

from __future__ import annotations

import pytest

DAY = "2025-04-01"


def given(aliases=(), rses=(), sites=(), day=DAY, **transfer: object):
    return {
        "raw.transfers": [{"transfer_id": "t1", "started_day": day, **transfer}],
        "core.site_aliases": [{"source": "people", "dump_day": day, **a} for a in aliases],
        "core.rses": [{"dump_day": day, **r} for r in rses],
        "core.sites": [{"dump_day": day, **s} for s in sites],
    }


@pytest.mark.bar(17)
def test_unknown_at_both_ends_is_remote_and_stays_unknown(result, only):
    rows = result("core.transfers", given(src_site_raw="UNKNOWN", dst_site_raw=""))
    assert only(rows, "src_site dst_site is_local src_site_from dst_site_from job_site") == [
        (None, None, False, None, None, None)
    ]


@pytest.mark.bar(17)
def test_an_invalid_name_without_alias_stays_as_recorded(result, only):
    rows = result("core.transfers", given(src_site="site_not_set", dst_site="site_not_set"))
    assert only(rows, "src_site src_site_from is_local") == [("site_not_set", "record", True)]


def test_a_name_in_other_letters_is_another_name_unless_an_alias_says_so(result, only):
    rows = result("core.transfers", given(src_site="PIC", dst_site="pic"))
    assert only(rows, "src_site dst_site is_local") == [("PIC", "pic", False)]


def test_an_alias_leads_to_its_site(result, only):
    rows = result(
        "core.transfers",
        given(src_site="PIC", dst_site="pic", aliases=[{"alias": "PIC", "site": "pic"}]),
    )
    assert only(rows, "src_site src_site_from dst_site_from is_local") == [
        ("pic", "alias", "record", True)
    ]


NET2 = {"alias": "NET2", "site": "BU_ATLAS_Tier2", "valid_to": "2017-01-01"}


@pytest.mark.parametrize(
    ("day", "site", "origin"),
    [
        ("2016-06-01", "BU_ATLAS_Tier2", "alias"),
        ("2016-12-31", "BU_ATLAS_Tier2", "alias"),
        ("2017-01-01", "NET2", "record"),
        ("2025-04-01", "NET2", "record"),
    ],
)
def test_an_alias_holds_only_between_its_days(result, only, day, site, origin):
    rows = result("core.transfers", given(day=day, src_site="NET2", aliases=[NET2]), day=day)
    assert only(rows, "src_site src_site_from") == [(site, origin)]


def test_of_two_aliases_the_newer_wins_then_the_first_source(result, only):
    rows = result(
        "core.transfers",
        given(
            src_site="OLD",
            dst_site="TWIN",
            aliases=[
                {"alias": "OLD", "site": "S1"},
                {"alias": "OLD", "site": "S3", "valid_from": "2020-01-01"},
                {"alias": "OLD", "site": "S2", "valid_from": "2015-01-01"},
                {"alias": "TWIN", "site": "S5", "source": "b"},
                {"alias": "TWIN", "site": "S4", "source": "a"},
            ],
        ),
    )
    assert only(rows, "transfer_id src_site dst_site") == [("t1", "S3", "S4")]


def test_the_storage_element_speaks_only_where_the_record_is_silent(result, only):
    rows = result(
        "core.transfers",
        given(
            src_rse="BNL-OSG2_DATADISK",
            dst_rse="BNL-OSG2_DATADISK",
            dst_site="CERN-PROD",
            rses=[{"rse": "BNL-OSG2_DATADISK", "site": "BNL-ATLAS"}],
        ),
    )
    assert only(rows, "src_site src_site_from dst_site dst_site_from") == [
        ("BNL-ATLAS", "rse", "CERN-PROD", "record")
    ]


def test_a_storage_element_that_no_dump_knows_gives_no_site(result, only):
    rows = result("core.transfers", given(src_rse="GHOST_DATADISK"))
    assert only(rows, "src_site src_site_from") == [(None, None)]


@pytest.mark.parametrize(
    ("activity", "direction", "job_site"),
    [
        ("Analysis Download", "download", "DST"),
        ("Analysis Download Direct IO", "download", "DST"),
        ("Production Download", "download", "DST"),
        ("Analysis Upload", "upload", "SRC"),
        ("Production Upload", "upload", "SRC"),
        ("Analysis Logs Upload", "upload", "SRC"),
        ("Production Logs Upload", "upload", "SRC"),
        ("Data Consolidation", None, "DST"),
        (None, None, "DST"),
    ],
)
def test_the_activity_says_which_end_is_the_jobs(result, only, activity, direction, job_site):
    rows = result("core.transfers", given(activity=activity, src_site="SRC", dst_site="DST"))
    assert only(rows, "direction job_site") == [(direction, job_site)]


def test_the_place_is_that_of_the_jobs_end(result, only):
    rows = result(
        "core.transfers",
        given(
            activity="Analysis Upload",
            src_site="BNL-ATLAS",
            dst_site="CERN-PROD",
            sites=[
                {"site": "BNL-ATLAS", "cloud": "US", "tier_level": 1, "country": "USA"},
                {"site": "CERN-PROD", "cloud": "CERN", "tier_level": 0, "country": "CERN"},
            ],
        ),
    )
    assert only(rows, "site_cloud tier_level country") == [("US", 1, "USA")]


@pytest.mark.bar(18)
def test_a_direct_read_without_end_has_no_duration(result, only):
    rows = result(
        "core.transfers",
        given(activity="Analysis Download Direct IO", started_at="2025-04-01 10:00:00"),
    )
    assert only(rows, "is_direct_io duration_s") == [(True, None)]


def test_a_production_read_in_place_is_direct_too(result, only):
    rows = result("core.transfers", given(activity="Production Download", state="FOUND_ROOT"))
    assert only(rows, "is_direct_io") == [(True,)]


@pytest.mark.bar(18)
@pytest.mark.parametrize(
    ("ended_at", "duration_s"),
    [
        ("2025-04-02 10:00:05", 86_405),
        ("2025-04-01 10:00:00", 0),
        ("2025-04-01 09:59:59", None),
        (None, None),
    ],
)
def test_a_duration_is_counted_anew_with_its_days(result, only, ended_at, duration_s):
    rows = result(
        "core.transfers",
        given(started_at="2025-04-01 10:00:00", ended_at=ended_at, duration_src_s=5),
    )
    assert only(rows, "duration_s") == [(duration_s,)]

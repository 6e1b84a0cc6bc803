"""core.sites, core.site_aliases and the plain copies: the grid's map of a day."""

from __future__ import annotations

import pytest

DAY = "2025-04-01"


def queue(queue: str, site: str | None, **more: object) -> dict[str, object]:
    return {"queue": queue, "site": site, "dump_day": DAY, **more}


def rse(rse: str, site: str | None, **more: object) -> dict[str, object]:
    return {"rse": rse, "site": site, "dump_day": DAY, **more}


def test_sites_without_any_dump_are_none(result):
    assert result("core.sites", {}) == []


def test_a_site_is_whatever_a_queue_or_a_storage_element_stands_at(result, only):
    rows = result(
        "core.sites",
        {
            "core.queues": [queue("BNL", "BNL-ATLAS"), queue("LOST", None)],
            "core.rses": [rse("CERN-PROD_DATADISK", "CERN-PROD")],
        },
    )
    assert sorted(only(rows, "site")) == [("BNL-ATLAS",), ("CERN-PROD",)]


def test_queues_speak_before_storage_elements_and_the_lowest_tier_counts(result, only):
    rows = result(
        "core.sites",
        {
            "core.queues": [
                queue("A", "S", tier_level=3, cloud="US"),
                queue("B", "S", tier_level=2, cloud="CA"),
            ],
            "core.rses": [rse("S_DISK", "S", tier_level=0, cloud="AA", country="Canada")],
        },
    )
    assert only(rows, "site tier_level cloud country") == [("S", 2, "CA", "Canada")]


def test_dump_names_become_aliases_and_say_where_they_come_from(result, only):
    rows = result(
        "core.site_aliases",
        {
            "core.queues": [queue("BNL", "BNL-ATLAS", rc_site="BNL_RC", panda_site="BNL_PROD")],
            "core.rses": [rse("BNL-OSG2_DATADISK", "BNL-ATLAS", rc_site="BNL_RC")],
            "core.sites": [{"site": "BNL-ATLAS", "dump_day": DAY}],
        },
    )
    assert sorted(only(rows, "alias site source valid_from")) == [
        ("BNL-OSG2_DATADISK", "BNL-ATLAS", "rses.rse", None),
        ("BNL_PROD", "BNL-ATLAS", "queues.panda_site", None),
        ("BNL_RC", "BNL-ATLAS", "queues.rc_site", None),
        ("BNL_RC", "BNL-ATLAS", "rses.rc_site", None),
    ]


def test_a_dump_name_of_two_sites_is_no_alias(result):
    given = {"core.queues": [queue("A", "S1", rc_site="RC"), queue("B", "S2", rc_site="RC")]}
    assert result("core.site_aliases", given) == []


@pytest.mark.parametrize("recorded", [True, False])
def test_a_site_is_never_an_alias_of_another(result, recorded):
    given = {
        "core.queues": [] if recorded else [queue("A", "BU_ATLAS_Tier2", rc_site="NET2")],
        "raw.site_aliases": [
            {"alias": "NET2", "site": "BU_ATLAS_Tier2", "source": "people", "dump_day": DAY}
        ]
        if recorded
        else [],
        "core.sites": [{"site": "NET2", "dump_day": DAY}],
    }
    assert result("core.site_aliases", given) == []


def test_recorded_aliases_keep_their_days(result, only):
    alias = {"alias": "NET2", "site": "BU_ATLAS_Tier2", "source": "people", "dump_day": DAY}
    dated = alias | {"valid_from": "2016-01-01", "valid_to": "2017-01-01"}
    rows = result("core.site_aliases", {"raw.site_aliases": [dated]})
    assert [(str(f), str(t)) for f, t in only(rows, "valid_from valid_to")] == [
        ("2016-01-01", "2017-01-01")
    ]


@pytest.mark.parametrize(
    ("table", "row", "day"),
    [
        ("files", {"pandaid": 1, "lfn": "a"}, "job_day"),
        ("tasks", {"jeditaskid": 1}, "task_day"),
        ("datasets", {"datasetid": 1, "jeditaskid": 1}, "created_day"),
        ("queues", {"queue": "BNL"}, "dump_day"),
        ("rses", {"rse": "BNL-OSG2_DATADISK"}, "dump_day"),
    ],
)
def test_a_plain_table_holds_the_days_rows_as_they_are(result, table, row, day):
    given = {f"raw.{table}": [row | {day: DAY}, row | {day: "2025-04-02"}]}
    rows = result(f"core.{table}", given)
    assert [{k: r[k] for k in row} for r in rows] == [row]
    assert [str(r[day]) for r in rows] == [DAY]

"""What the figures of transfers and of storage make of their rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gridlens.charts import FIGURES, specification
from gridlens.charts.figure import Rows


def drawn(name: str, rows: Rows) -> dict[str, Any]:
    return specification(FIGURES[name].chart(rows))


def cell(src: str, dst: str, tiers: tuple[int | None, int | None], tb: float) -> dict[str, Any]:
    return {
        "src_site": src,
        "dst_site": dst,
        "src_label": src,
        "dst_label": dst,
        "src_tier_level": tiers[0],
        "dst_tier_level": tiers[1],
        "volume_tb": tb,
        "transfers": 1,
        "failures": 0,
    }


def test_sites_stand_by_tier_and_volume_and_unknown_comes_last() -> None:
    rows = [
        cell("T2 small", "UNKNOWN", (2, None), 1.0),
        cell("T2 large", "UNKNOWN", (2, None), 3.0),
        cell("odd", "UNKNOWN", (None, None), 9.0),
        cell("T0", "T2 small", (0, 2), 0.5),
    ]
    encoding = drawn("site_transfer_volumes", rows)["encoding"]
    assert encoding["x"]["sort"] == ["T0", "T2 large", "T2 small", "odd", "UNKNOWN"]
    assert encoding["y"]["sort"] == encoding["x"]["sort"]


def test_a_map_of_failures_alone_can_be_drawn() -> None:
    assert drawn("site_transfer_volumes", [cell("A", "B", (0, 1), 0.0)])["encoding"]


def test_colours_span_six_powers_of_ten_and_no_more() -> None:
    rows = [cell("A", "B", (0, 1), 1e4), cell("B", "A", (1, 0), 1e-9)]
    scale = drawn("site_transfer_volumes", rows)["encoding"]["color"]["scale"]
    assert (scale["type"], scale["domain"]) == ("log", [1e-2, 1e4])


def bin_of(src: str, dst: str, moved: float, matched: float) -> dict[str, Any]:
    return {
        "position": 1,
        "src_site": src,
        "dst_site": dst,
        "bin_at": datetime(2025, 4, 1, 10),  # noqa: DTZ001 - naive is UTC here
        "moved_peak_mb_per_s": moved,
        "matched_peak_mb_per_s": matched,
    }


def test_the_way_back_points_down_and_bins_in_which_nothing_moved_have_no_bar() -> None:
    rows = [bin_of("A", "B", 5.0, 2.0), bin_of("B", "A", 3.0, 0.0), bin_of("A", "B", 0.0, 0.0)]
    chart = drawn("remote_link_bandwidth", rows)
    bars = [(bar["which"], bar["mb_per_s"]) for bar in chart["data"]["values"]]
    assert bars == [("all transfers", 5.0), ("matched to jobs", 2.0), ("all transfers", -3.0)]
    assert chart["data"]["values"][0]["link"] == "A → B (up), back (down)"
    assert chart["data"]["values"][0]["to"] == "2025-04-01T11:00:00Z"


def test_a_site_that_only_receives_still_points_up_on_the_first_name_alone() -> None:
    (bar,) = drawn("remote_link_bandwidth", [bin_of("B", "A", 3.0, 0.0)])["data"]["values"]
    assert bar["mb_per_s"] == -3.0


def test_the_ratio_of_a_link_is_shown_once_whatever_the_number_of_reasons() -> None:
    row = {
        "src_site": "A",
        "dst_site": "B",
        "activity": "Staging",
        "failures": 2,
        "failure_ratio": 0.5,
        "low_ratio": 0.4,
        "high_ratio": 0.6,
    }
    rows = [{**row, "reason": f"reason {n}"} for n in range(8)]
    counts, ratios = drawn("link_failures", rows)["hconcat"]
    reasons = {bar["reason"] for bar in counts["data"]["values"]}
    assert reasons == {f"reason {n}" for n in range(6)} | {"other"}
    assert len(ratios["data"]["values"]) == 1


def volume(day: date, datatype: str, tb: float) -> dict[str, Any]:
    return {
        "quantity": "managed",
        "volume_day": day,
        "datatype": datatype,
        "cumulative_tb": tb,
    }


def test_a_type_without_a_row_keeps_the_volume_of_the_day_before() -> None:
    first, second = date(2018, 1, 1), date(2024, 1, 1)
    rows = [volume(first, "AOD", 7000.0), volume(first, "RAW", 3000.0), volume(second, "AOD", 9e3)]
    chart = drawn("storage_growth", rows)
    points = [(p["day"], p["datatype"], p["volume"]) for p in chart["data"]["values"]]
    assert ("2024-01-01", "RAW", 3.0) in points
    assert chart["encoding"]["y"]["title"] == "managed by Rucio, PB"


def test_without_a_dump_the_axis_says_what_is_shown_instead() -> None:
    rows = [{**volume(date(2025, 4, 1), "AOD", 7.0), "quantity": "registered"}]
    title = drawn("storage_growth", rows)["encoding"]["y"]["title"]
    assert title == "registered since the window's start, TB"

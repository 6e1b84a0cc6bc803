"""Laws of the marts of transfers: no byte is lost on the way into bins and cells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import DAY, Row, Types, ask

ONE_DAY = (DAY, "2025-04-02")
NOON = datetime(2025, 4, 1, 12)  # noqa: DTZ001 - naive is UTC here
PB = 10**15
COPY = st.tuples(
    st.sampled_from(["BNL", "CERN", None]),
    st.sampled_from(["BNL", "CERN"]),
    st.integers(0, 200),
    st.sampled_from([None, 0, 1, 7, 59, 60, 61, 200]),
    st.sampled_from([None, 1, 600]),
    st.booleans(),
)


def _transfer(number: int, copy: tuple[object, ...]) -> Row:
    src, dst, second, length, size, is_direct = copy
    assert isinstance(second, int)
    return {
        "transfer_id": str(number),
        "started_day": DAY,
        "started_at": NOON + timedelta(seconds=second),
        "src_site": src,
        "dst_site": dst,
        "is_local": src == dst,
        "is_direct_io": is_direct,
        "duration_s": length,
        "bytes": size,
    }


def _second_by_second(transfers: list[Row], bin_s: int) -> Counter[tuple[str, str, datetime]]:
    """Bytes by link and bin, one second of one copy after the other."""
    found: Counter[tuple[str, str, datetime]] = Counter()
    for t in transfers:
        if t["is_direct_io"] or t["duration_s"] is None or t["bytes"] is None:
            continue
        seconds = max(t["duration_s"], 1)
        for n in range(seconds):
            passed = int((t["started_at"] - NOON).total_seconds() + n) // bin_s * bin_s
            link = (t["src_site"] or "UNKNOWN", t["dst_site"])
            found[(*link, NOON + timedelta(seconds=passed))] += t["bytes"] / seconds
    return found


@settings(max_examples=40, deadline=None)
@given(copies=st.lists(COPY, max_size=8), minutes=st.sampled_from([1, 2, 5]))
def test_bandwidth_is_what_a_second_by_second_count_gives(
    copies: list[tuple[object, ...]], minutes: int, column_types: Mapping[str, Types]
) -> None:
    transfers = [_transfer(n, copy) for n, copy in enumerate(copies)]
    rows = ask(
        "mart.link_bandwidth",
        {"core.transfers": transfers},
        column_types,
        window=ONE_DAY,
        bin_minutes=str(minutes),
    )
    found = {(r["src_site"], r["dst_site"], r["bin_at"]): r["moved_bytes"] for r in rows}
    expected = _second_by_second(transfers, 60 * minutes)
    assert {k: v for k, v in found.items() if v} == pytest.approx(dict(expected))


@settings(max_examples=25, deadline=None)
@given(copies=st.lists(COPY, max_size=8))
def test_every_transfer_and_every_byte_is_in_some_bin(
    copies: list[tuple[object, ...]], column_types: Mapping[str, Types]
) -> None:
    transfers = [_transfer(n, copy) for n, copy in enumerate(copies)]
    given_rows = {"core.transfers": transfers}
    rows = ask("mart.link_bandwidth", given_rows, column_types, window=ONE_DAY)
    apart = ("moved_bytes", "direct_io_bytes", "unended_bytes")
    assert sum(r["transfers"] for r in rows) == len(transfers)
    assert sum(r[name] for r in rows for name in apart) == pytest.approx(
        sum(t["bytes"] or 0 for t in transfers)
    )


@settings(max_examples=25, deadline=None)
@given(copies=st.lists(COPY, max_size=8))
def test_cells_and_summary_have_all_bytes(
    copies: list[tuple[object, ...]], column_types: Mapping[str, Types]
) -> None:
    transfers = [_transfer(n, copy) for n, copy in enumerate(copies)]
    rows = {"core.transfers": transfers}
    cells = ask("mart.site_transfer_volumes", rows, column_types, window=ONE_DAY)
    (summary,) = ask("mart.transfer_volume_summary", rows, column_types, window=ONE_DAY)
    total = sum(t["bytes"] or 0 for t in transfers)
    assert sum(cell["volume_bytes"] for cell in cells) == total
    parts = sum(summary[name] for name in ("local_tb", "remote_tb", "unknown_tb"))
    assert summary["total_tb"] * 1e12 == pytest.approx(total)
    assert parts == pytest.approx(summary["total_tb"])


def test_the_summary_has_the_papers_numbers(column_types: Mapping[str, Types]) -> None:
    """Sec. 3.2: 957.98 PB among 111 sites, 737.85 PB of it local, 77.75 TB a cell."""
    named = {"NY": 32.2, "CERN": 71.9, "Switzerland": 37.4, "France": 39.7, "North Europe": 446.3}
    others = [f"site {n}" for n in range(105)]
    rest = (737.85 - sum(named.values())) / len(others)
    local = {**named, **dict.fromkeys(others, rest)}
    cells = {(site, site): pb for site, pb in local.items()} | {("CERN", None): 42.4}
    remote = (957.98 - sum(cells.values())) / 10
    cells |= {("CERN", site): remote for site in others[:10]}
    transfers = [
        {
            "transfer_id": f"{src} {dst}",
            "started_day": DAY,
            "src_site": src,
            "dst_site": dst,
            "is_local": src == dst,
            "bytes": round(pb * PB),
        }
        for (src, dst), pb in cells.items()
    ]
    (found,) = ask(
        "mart.transfer_volume_summary", {"core.transfers": transfers}, column_types, window=ONE_DAY
    )
    assert (found["sites"], found["cells"], found["outlier_cells"]) == (111, 12321, 6)
    assert found["total_tb"] == pytest.approx(957_980)
    assert found["local_tb"] == pytest.approx(737_850)
    assert round(found["mean_tb"], 2) == 77.75
    logs = [math.log(pb * 1000) for pb in cells.values()]
    assert found["geometric_mean_tb"] == pytest.approx(math.exp(sum(logs) / len(logs)))
    assert (found["largest_src_site"], round(found["largest_tb"])) == ("North Europe", 446_300)

"""The report of a window: one page that asks no network, and the same numbers as JSON."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
import vl_convert
from small_grid import ask

from gridlens.charts import FIGURES, Panel, WindowReport, page
from gridlens.charts.figure import plain
from gridlens.errors import InputError, NotFound
from gridlens.pipelines import write_report
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.mart_panels import MartPanels, filters_told
from gridlens.pipelines.mart_rows import known_arguments, rows_of
from gridlens.settings import Settings
from gridlens.window import Window

DAYS = Window.parse("2025-04-01", "2025-04-04")
LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "object": "data"}


@dataclass
class Read(HTMLParser):
    """What a browser would find in a page."""

    fetched: list[str] = field(default_factory=list)
    policy: str = ""
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inside = given.get("type", tag)
        self.fetched += [given[LOADS[tag]]] if LOADS.get(tag) in given else []
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        if self.inside == "application/json":
            self.charts.append(data)
        elif self.inside == "script":
            self.scripts.append(data)
        elif self.inside in ("td", "th", "a") and self.tables and self.tables[-1]:
            self.tables[-1][-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def read(text: str) -> Read:
    found = Read()
    found.feed(text)
    return found


def a_page(*panels: Panel) -> str:
    return page(WindowReport("A report", {}, (), {"A chapter": panels}))


def test_a_report_must_be_called_html(warehouse: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.html"):
        write_report(warehouse, DAYS, tmp_path / "report.pdf", {})


def test_a_misspelt_filter_is_refused_and_nothing_is_written(
    warehouse: Settings, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no mart takes 'at_sight'"):
        write_report(warehouse, DAYS, tmp_path / "report.html", {"at_sight": "CERN-PROD"})
    with pytest.raises(InputError, match="no mart takes population=nobody"):
        write_report(warehouse, DAYS, tmp_path / "report.html", {"population": "nobody"})
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_only_some_marts_take_is_a_filter_of_those_alone() -> None:
    direct = {"method": "direct", "at_site": "A"}
    assert known_arguments("mart.activity_matches", direct) == direct
    assert known_arguments("mart.times_by_locality", {"method": "direct"}) == {}


def test_without_a_warehouse_there_is_no_report(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="load a day first"):
        write_report(settings, DAYS, tmp_path / "report.html", {})


def test_a_window_that_was_never_loaded_says_so_and_shows_no_zeros(
    warehouse: Settings, tmp_path: Path
) -> None:
    output = tmp_path / "report.html"
    write_report(warehouse, Window.parse("2030-01-01", "2030-01-03"), output, {})
    told = json.loads(output.with_suffix(".json").read_text())
    assert "No data loaded" in output.read_text()
    [chapter] = told["chapters"]
    [days] = chapter["panels"]
    assert [row["state"] for row in days["rows"]] == ["missing", "missing"]


def test_days_of_the_window_that_are_missing_are_told_first(
    warehouse: Settings, tmp_path: Path
) -> None:
    output = tmp_path / "report.html"
    write_report(warehouse, Window.parse("2025-04-03", "2025-04-06"), output, {})
    [missing] = [
        n for n in json.loads(output.with_suffix(".json").read_text())["notes"] if "nev" in n
    ]
    assert missing == (
        "2 of 3 days were never loaded: no number counts them (2025-04-04, 2025-04-05)."
    )


def test_a_page_is_not_replaced_where_its_numbers_cannot_be_written(
    warehouse: Settings, tmp_path: Path
) -> None:
    output = tmp_path / "report.html"
    output.write_text("the old page")
    (tmp_path / f".report.json.{os.getpid()}").mkdir()
    with pytest.raises(IsADirectoryError):
        write_report(warehouse, Window.parse("2030-01-01", "2030-01-03"), output, {})
    assert output.read_text() == "the old page"


def test_a_decimal_is_a_number_of_the_json() -> None:
    assert plain([{"ratio": Decimal("0.25"), "none": Decimal("NaN")}]) == [
        {"ratio": 0.25, "none": None}
    ]


def test_the_page_asks_no_network_for_anything(written: Path) -> None:
    found = read(written.read_text())
    assert found.fetched == []
    assert found.policy.startswith("default-src 'none'")
    assert not re.search(r"@import|url\(", written.read_text().partition("</style>")[0])


def test_every_figure_is_in_the_page_once_and_can_be_drawn(written: Path) -> None:
    found = read(written.read_text())
    assert len(found.ids) == len(set(found.ids))
    assert set(FIGURES) <= set(found.ids)
    assert len(found.charts) == len(FIGURES)
    for chart in found.charts:
        assert vl_convert.vegalite_to_svg(chart).startswith("<svg")


def test_the_script_ends_where_it_should(written: Path) -> None:
    scripts = read(written.read_text()).scripts
    assert len(scripts) == 2
    assert "vegaEmbed" in scripts[0]
    assert "IntersectionObserver" in scripts[1]


def test_every_number_of_the_json_is_what_its_query_gives(
    warehouse: Settings, written: Path
) -> None:
    told = json.loads(written.with_suffix(".json").read_text())
    panels = [p for chapter in told["chapters"] for p in chapter["panels"] if p["query"]]
    assert len(panels) > len(FIGURES)
    with open_lake(warehouse).reader() as lake:
        for panel in panels:
            if panel["name"] != "quality":
                assert plain(rows_of(lake, panel["query"])) == panel["rows"]


def test_documents_are_accounted_for_by_table(warehouse: Settings, written: Path) -> None:
    told = json.loads(written.with_suffix(".json").read_text())
    [documents] = [p for p in told["chapters"][0]["panels"] if p["name"] == "documents"]
    [(fetched,)] = ask(warehouse, "select cast(sum(fetched) as bigint) from raw.slices")
    assert sum(row["fetched"] for row in documents["rows"]) == fetched
    for row in documents["rows"]:
        assert row["fetched"] == row["accepted"] + row["duplicates"] + row["quarantined"]


def test_without_javascript_the_numbers_are_in_tables(written: Path) -> None:
    told = json.loads(written.with_suffix(".json").read_text())
    panels = [p for chapter in told["chapters"] for p in chapter["panels"] if p["rows"]]
    tables = read(written.read_text()).tables
    assert [len(t) - 1 for t in tables] == [min(len(p["rows"]), 200) for p in panels]
    assert [t[0] for t in tables] == [list(p["rows"][0]) for p in panels]


def test_the_same_state_of_the_warehouse_gives_the_same_bytes(
    warehouse: Settings, written: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.html"
    write_report(warehouse, DAYS, again, {})
    assert again.with_suffix(".json").read_bytes() == written.with_suffix(".json").read_bytes()
    assert again.read_bytes() == written.read_bytes()


@pytest.mark.bar(31)
def test_what_looks_like_markup_is_text() -> None:
    evil = "</script><script>alert(1)</script>"
    panel = Panel("a", evil, evil, [{"site": evil}], {"site": evil}, specification={"title": evil})
    found = read(a_page(panel))
    assert found.tables == [[["site"], [evil]]]
    assert [json.loads(chart) for chart in found.charts] == [{"title": evil}]
    assert not any("alert" in script for script in found.scripts)


def test_ids_lead_to_the_pages_of_the_tools_that_know_them() -> None:
    row = {"pandaid": 7, "jeditaskid": None, "computingsite": "A/B", "evidence": "https://x.y/z"}
    found = read(a_page(Panel("a", "A", "b", [row])))
    assert [link for link in found.links if not link.startswith("#")] == [
        "https://bigpanda.cern.ch/job/7/",
        "https://bigpanda.cern.ch/site/A%2FB/",
        "https://x.y/z",
    ]


def test_numbers_are_set_for_reading_and_ids_are_not() -> None:
    row = {"jobs": 1234567, "pandaid": 7181000023, "is_user_job": True, "matched_ratio": 0.019164}
    row |= {"day": date(2025, 4, 1), "lfns": ["a", "b"], "gone": None}
    [[_, cells]] = read(a_page(Panel("a", "A", "b", [row]))).tables
    assert cells == ["1,234,567", "7181000023", "yes", "0.01916", "2025-04-01", "a, b", ""]


def test_a_table_that_is_cut_says_how_many_rows_there_are(warehouse: Settings) -> None:
    with open_lake(warehouse).reader() as lake:
        panel = MartPanels(lake, DAYS, {}, lambda line: None, most_listed=1).listed(
            "mart.anomalies"
        )
        [(whole,)] = lake.execute(
            panel.query.replace("*", "count(*)", 1).partition(" order")[0]
        ).fetchall()
    assert len(panel.rows) == 1 < whole
    assert panel.as_dict()["counted"] == f"1 of {whole:,} rows"
    assert f"<summary>1 of {whole:,} rows</summary>" in a_page(panel)


def test_each_panel_says_which_filters_it_is_under() -> None:
    given = {"at_site": "A", "method": "direct", "with_activity": "x"}
    assert filters_told("mart.activity_matches", {}) == ""
    assert filters_told("mart.times_by_locality", {"method": "direct"}) == (
        "Not filtered by method = direct"
    )
    assert filters_told("mart.activity_matches", given, {"method": "rm2"}) == (
        "Filtered by at_site = A, with_activity = x; Always with method = rm2"
    )
    panel = Panel("a", "A", "b", [], filters="Filtered by at_site = <A>")
    assert '<p class="filters">Filtered by at_site = &lt;A&gt;</p>' in a_page(panel)
    assert panel.as_dict()["filters"] == "Filtered by at_site = <A>"


def test_a_panel_without_rows_says_so() -> None:
    assert "No rows in this window" in a_page(Panel("a", "A", "b", []))

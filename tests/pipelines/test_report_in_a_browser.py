"""The report as a reader sees it: opened from a file in a real browser that has no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened_page import OpenedPage, browser

from gridlens.charts import FIGURES

READ_ALL = """
    const late = performance.now() + 60000;
    for (const place of document.querySelectorAll("[data-chart]")) {
        place.scrollIntoView();
        while (!place.querySelector("svg.marks") && performance.now() < late) {
            await new Promise((done) => setTimeout(done, 10));
        }
    }
    for (const fold of document.querySelectorAll("figure > details")) fold.open = true;
"""
DRAWN = """
    return [...document.querySelectorAll("svg.marks")].map((svg) => ({
        chart: svg.closest("figure").id,
        width: svg.getBoundingClientRect().width,
        height: svg.getBoundingClientRect().height,
        marks: svg.querySelectorAll(".role-mark :is(path, text)").length,
    }));
"""
LISTED = """
    const seen = (row) => row.getBoundingClientRect().height > 0;
    return [...document.querySelectorAll("figure")].map((figure) =>
        [figure.id, [...figure.querySelectorAll("tbody tr")].filter(seen).length]);
"""
FOLLOWED = """
    const led = [];
    for (const link of document.querySelectorAll("nav a")) {
        link.click();
        const place = document.querySelector(":target");
        const top = place && place.getBoundingClientRect().top;
        const heading = place && place.querySelector("h2, h3");
        const ended = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
        const inSight = Math.abs(top - 16) < 2 || ended;
        led.push([link.textContent, heading && heading.textContent, inSight]);
    }
    return led;
"""
COLOURS = """
    const picture = new Image();
    picture.src = "data:image/png;base64,%s";
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const brush = canvas.getContext("2d");
    brush.drawImage(picture, 0, 0);
    const points = brush.getImageData(0, 0, picture.width, picture.height).data;
    return new Set(new Uint32Array(points.buffer)).size;
"""


@pytest.fixture(scope="module")
def page(written: Path) -> Iterator[OpenedPage]:
    """The report, read from its first line to its last, with all its tables unfolded."""
    with browser() as opened:
        opened.open(written)
        opened.ask(READ_ALL)
        yield opened


def panels(written: Path) -> list[dict[str, Any]]:
    told = json.loads(written.with_suffix(".json").read_text())
    return [panel for chapter in told["chapters"] for panel in chapter["panels"]]


def colours(page: OpenedPage) -> int:
    return page.ask(COLOURS % base64.b64encode(page.screenshot()).decode())


def test_what_a_bad_page_asks_for_and_complains_of_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<img src=https://example.org/a.png><script>console.error('spoken')</script>"
        "<script>throw Error('thrown')</script>"
    )
    with browser() as opened:
        opened.open(path)
        assert opened.requests() == [path.as_uri(), "https://example.org/a.png"]
        complaints = " ".join(opened.complaints())
        assert all(word in complaints for word in ("spoken", "thrown", "ERR_NAME_NOT_RESOLVED"))


def test_a_blank_page_has_one_colour(tmp_path: Path) -> None:
    path = tmp_path / "blank.html"
    path.write_text("<!doctype html>")
    with browser() as opened:
        opened.open(path)
        assert colours(opened) == 1


def test_the_whole_report_is_read_without_a_request_or_an_error(
    page: OpenedPage, written: Path
) -> None:
    assert page.requests() == [written.as_uri()]
    assert page.complaints() == []


def test_every_chart_is_drawn_and_has_marks_where_there_are_rows(
    page: OpenedPage, written: Path
) -> None:
    drawn = {chart.pop("chart"): chart for chart in page.ask(DRAWN)}
    assert sorted(drawn) == sorted(FIGURES)
    filled = [panel["name"] for panel in panels(written) if panel["rows"]]
    shown = [n for n, c in drawn.items() if c["marks"] and c["width"] > 300 and c["height"] > 80]
    assert [name for name in drawn if name in filled and name not in shown] == []


def test_every_table_has_the_rows_that_the_numbers_have(page: OpenedPage, written: Path) -> None:
    assert page.ask(LISTED) == [[p["name"], min(len(p["rows"]), 200)] for p in panels(written)]


def test_every_line_of_the_contents_leads_to_what_it_names(page: OpenedPage) -> None:
    followed = page.ask(FOLLOWED)
    assert len(followed) > len(FIGURES)
    assert [name for name, heading, in_sight in followed if name != heading or not in_sight] == []


def test_no_chart_or_table_makes_the_page_wider_than_its_window(page: OpenedPage) -> None:
    assert page.ask("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_picture_of_the_page_is_not_blank(page: OpenedPage) -> None:
    page.ask("document.querySelector('[data-chart]').scrollIntoView()")
    assert colours(page) > 50

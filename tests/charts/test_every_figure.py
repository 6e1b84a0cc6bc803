"""What holds of every figure: it draws the rows that its mart gives, as picture and as page."""

from __future__ import annotations

import json

import altair as alt
import pytest

from gridlens.charts import FIGURES, Figure, html, png, specification, svg
from gridlens.charts.figure import values
from gridlens.matching import V1
from gridlens.pipelines.models import models

MODELS = models(V1)
FIGURE = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


@FIGURE
def test_a_figure_asks_a_mart_that_is_there_with_arguments_that_it_takes(figure: Figure) -> None:
    model = MODELS[figure.mart]
    assert figure.arguments.keys() <= {a.name for a in model.arguments}


@FIGURE
@pytest.mark.parametrize(
    ("loaded", "says"),
    [(True, "no rows in this window"), (False, "no data loaded for this window")],
)
def test_an_empty_figure_says_why(figure: Figure, loaded: bool, says: str) -> None:
    assert says in str(specification(figure.chart([], loaded=loaded)))


def test_a_chart_is_a_picture_a_drawing_and_a_page_of_its_own() -> None:
    chart = next(iter(FIGURES.values())).chart([])
    assert png(chart).startswith(b"\x89PNG")
    assert svg(chart).startswith("<svg")
    assert "<script" in html(chart)
    assert "cdn.jsdelivr" not in html(chart)


def test_markup_in_a_chart_does_not_end_its_script() -> None:
    evil = "</script><script>alert(1)</script>"
    page = html(alt.Chart(values([{"reason": evil}])).mark_point().encode(x="reason:N"))
    assert evil not in page
    _, _, after = page.partition('id="specification">')
    assert json.loads(after.partition("</script>")[0])["data"]["values"] == [{"reason": evil}]
